"""The tensors of a PyTorch ``.pth`` file, read without PyTorch.

Such a file is a pickle, and a pickle can call any function. This reader lets it name
four things, none of which runs code of the file's choosing, and refuses all else. It
knows the format that PyTorch wrote before 1.6: five pickles (a magic number, a version,
sizes of C types, the tensors' shapes, the keys of the storages), then each storage as
its length and its numbers.
"""

import collections
import math
import os
import pickle
from pathlib import Path

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
# What building an object from damaged bytes can raise.
DAMAGE = (
    *(pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError),
    *(AttributeError, OverflowError, MemoryError, RecursionError),
)


def read_torch_file(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Read a state dict: names to arrays.

    Args:
        path: A file of ``torch.save(model.state_dict(), path)`` in the format before
            PyTorch 1.6, with float32 and int64 tensors.

    Returns:
        The tensors by name, float32 or int64, in PyTorch's axis order.

    Raises:
        ValueError: The file is missing, is damaged, is no state dict in this format,
            or names a class or function that a state dict has no need of. Nothing that
            the file names was run. The message names the file.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"Expected an existing .pth file. Received: {str(path)!r}.")
    with open(path, "rb") as stream:
        try:
            return _read(stream, path.stat().st_size)
        except DAMAGE as error:
            raise ValueError(
                f"{path} cannot be read as weights of PyTorch (format before 1.6): "
                f"{error}. Get the file again, from a source that you trust."
            ) from error


def _read(stream, size: int) -> dict[str, np.ndarray]:
    header = [_Unpickler(stream).load() for _ in range(2)]
    if header != [MAGIC, PROTOCOL]:
        raise ValueError("it does not begin with PyTorch's magic number and version")
    if not _Unpickler(stream).load()["little_endian"]:
        raise ValueError("it is big-endian")
    tensors = _Unpickler(stream).load()
    types = {storage[1]: storage[0] for storage, *_ in tensors.values()}
    storages = {}
    for key in _Unpickler(stream).load():
        dtype = np.dtype(types[key])
        length = int(np.frombuffer(stream.read(8), "<i8")[0])
        if not 0 <= length * dtype.itemsize <= size - stream.tell():
            raise ValueError(f"storage {key!r} of {length} numbers is cut off")
        storages[key] = np.frombuffer(stream.read(length * dtype.itemsize), dtype)
    return {
        name: _array(storages[storage[1]], offset, shape, strides)
        for name, (storage, offset, shape, strides) in tensors.items()
    }


def _array(storage, offset, shape, strides):
    """The part of a storage that a tensor is: its strides may not lead out of it."""
    steps = (n - 1 for n in shape)
    last = offset + sum(n * stride for n, stride in zip(steps, strides, strict=True))
    count = math.prod(shape)
    whole = all(isinstance(n, int) and n >= 0 for n in (offset, *shape, *strides))
    if not whole or count > len(storage) or (count and last >= len(storage)):
        raise ValueError(f"a tensor of shape {shape} leads out of its storage")
    strides = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, strides).copy()


class _Unpickler(pickle.Unpickler):
    """Makes ordered dicts, numbers, strings, and tuples that describe tensors."""

    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(
                f"it wants to use {module}.{name}, which no file of weights needs: it "
                "may be malicious; nothing of it was run"
            )
        return ALLOWED[module, name]

    def persistent_load(self, pid):
        kind, dtype, key, _, _, view = pid
        if kind != "storage" or dtype not in ("<f4", "<i8") or view is not None:
            raise pickle.UnpicklingError("a storage is of an unknown kind")
        return dtype, key


def _tensor(storage, offset, shape, strides, requires_grad, hooks):
    return storage, offset, shape, strides


# Strings and functions, not classes, stand for PyTorch's: they have nothing to change.
ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): "<f4",
    ("torch", "LongStorage"): "<i8",
}
