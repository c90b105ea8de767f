"""Images as a network takes them: read, and brought to its type and channels."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from kseg.errors import DataError
from kseg.imaging import Intensity, read_image, to_channels


def read(path: str | os.PathLike, metadata: Mapping[str, Any]) -> np.ndarray:
    """Read an image file.

    Args:
        path: PNG, JPEG or TIFF.
        metadata: Of the network that is to see it.

    Returns:
        (H, W, C) uint8, after the metadata's intensity rule.

    Raises:
        DataError: The file is no image, or has other channels; it is named.
    """
    image = read_image(path)
    try:
        return as_read(image, metadata)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error


def as_read(image: np.ndarray, metadata: Mapping[str, Any]) -> np.ndarray:
    """What `read` makes of the pixels of a file, such as a frame of a video.

    Other than by `prepare`, uint8 pixels go through the intensity rule too.

    Args:
        image: (H, W, C), as the file holds it.
        metadata: Of the network that is to see it.

    Returns:
        (H, W, channels) uint8.

    Raises:
        ValueError: Other channels, or a type that the rule does not take.
    """
    return to_channels(_intensity(metadata).apply(image), _channels(metadata))


def prepare(image: np.ndarray, metadata: Mapping[str, Any]) -> np.ndarray:
    """Bring an image that is in memory to the type and the channels of a network.

    Args:
        image: (H, W, C) or (H, W): uint8, float in 0..255, or any type that the
            metadata's intensity rule turns into uint8.
        metadata: Of the network that is to see it.

    Returns:
        (H, W, channels) uint8.

    Raises:
        ValueError: Another shape, other channels or floats out of range.
    """
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or 0 in image.shape:
        raise ValueError(
            "Expected an image (height, width, channels) with at least one pixel. "
            f"Received: shape={image.shape}."
        )
    rule = _intensity(metadata)
    if rule.rule == "none" and image.dtype.kind == "f":
        image = _rounded(image)
    elif image.dtype != np.uint8:
        image = rule.apply(image)
    return to_channels(image, _channels(metadata))


def _channels(metadata):
    return metadata["input"]["channels"]


def _intensity(metadata):
    return Intensity.from_dict(metadata["input"].get("intensity") or {})


def _rounded(image):
    """Float pixels in 0..255 as uint8; the tiles of a bundle are bytes."""
    if not (image.min() >= 0 and image.max() <= 255):
        raise ValueError(
            "Expected float pixels from 0 to 255, where the network has no intensity "
            f"rule. Received: {image.min()} to {image.max()}. Scale the image."
        )
    return np.rint(image).astype(np.uint8)
