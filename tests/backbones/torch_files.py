"""Writes ``.pth`` files as PyTorch did before 1.6, without PyTorch."""

import collections
import pickle
import sys
import types
from unittest import mock

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
INFO = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {}}


def _rebuild_tensor_v2(*arguments):
    raise AssertionError("only pickled by name, never called")


class FloatStorage:
    pass


class LongStorage:
    pass


class _Storage:
    def __init__(self, key, array):
        self.key, self.array = key, array


class _Tensor:
    """Pickled as PyTorch pickles a tensor; strides as the array's, in elements."""

    def __init__(self, key, array, **changed):
        axes = np.argsort(array.strides)[::-1]
        storage = _Storage(key, np.ascontiguousarray(array.transpose(axes)))
        strides = tuple(n // array.itemsize for n in array.strides)
        parts = {"offset": 0, "shape": array.shape, "strides": strides, **changed}
        self.storage = storage
        self.arguments = (storage, *parts.values(), False, collections.OrderedDict())

    def __reduce__(self):
        return _rebuild_tensor_v2, self.arguments


class _Pickler(pickle.Pickler):
    def persistent_id(self, thing):
        if isinstance(thing, _Storage):
            kind = FloatStorage if thing.array.dtype == np.float32 else LongStorage
            return "storage", kind, thing.key, "cpu", thing.array.size, None
        return None


def write(path, arrays, *, info=INFO, extra=None, changed=None, protocol=2):
    """Write a state dict.

    Args:
        path: The file.
        arrays: Names to float32 or int64 arrays, in any memory order.
        info: The third pickle.
        extra: Further entries of the state dict, as they are.
        changed: ``offset``, ``shape`` or ``strides`` that all tensors claim to have.
        protocol: Of the pickles; PyTorch's is 2.
    """
    tensors = [
        (name, _Tensor(str(i), array, **(changed or {})))
        for i, (name, array) in enumerate(arrays.items())
    ]
    state = collections.OrderedDict(tensors, **(extra or {}))
    state._metadata = collections.OrderedDict(version=1)
    keys = [tensor.storage.key for _, tensor in tensors]
    with open(path, "wb") as stream, _pretend_torch():
        for thing in (MAGIC, PROTOCOL, info, state, keys):
            _Pickler(stream, protocol).dump(thing)
        for _, tensor in tensors:
            stream.write(np.int64(tensor.storage.array.size).tobytes())
            stream.write(tensor.storage.array.tobytes())


def _pretend_torch():
    """Modules under PyTorch's names, where pickle looks before it writes a name."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage, torch.LongStorage = FloatStorage, LongStorage
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    for thing in (FloatStorage, LongStorage):
        thing.__module__ = "torch"
    _rebuild_tensor_v2.__module__ = "torch._utils"
    return mock.patch.dict(sys.modules, {"torch": torch, "torch._utils": utils})
