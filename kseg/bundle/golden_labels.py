"""The golden result of a network that gives label maps: a picture; see `sides`."""

import os
from typing import Any

import numpy as np

from kseg.bundle.picture import decode, encode
from kseg.errors import BundleError

KEY, FILE = "labels", "golden_labels.png"


def to_file(result: np.ndarray) -> bytes:
    """The content of the file.

    Args:
        result: A label map, (H', W') uint8.

    Raises:
        BundleError: It is of another type or shape.
    """
    array = np.asarray(result)
    if array.dtype != np.uint8 or array.ndim != 2:
        raise BundleError(
            "The golden labels must be uint8 of rank 2. "
            f"Received: {array.dtype}, shape {array.shape}."
        )
    return encode(array[:, :, None])


def from_file(
    content: bytes, values: dict[str, Any], path: str | os.PathLike
) -> np.ndarray:
    """The inverse of `to_file`.

    Args:
        content: Of the file.
        values: Of `kseg.bundle.checks.check_metadata`.
        path: Of the bundle, for messages.

    Raises:
        BundleError: It is no picture of the size of the network's output, or has a
            label that has no class.
    """
    labels = decode(content, (*values["output"]["size"], 1), f"{path}: its {FILE}")
    classes = len(values["classes"])
    if labels.max() >= classes:
        raise BundleError(
            f"{path}: its {FILE} must have labels under {classes}, the number of "
            f"classes. Received: {labels.max()}. Export the network again."
        )
    return labels[:, :, 0]
