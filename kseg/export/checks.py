"""What `kseg.export.to_tflite` is given, checked before minutes of work."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from kseg.errors import ExportError
from kseg.export.flatbuffer.quantize import FORMATS


def check_arguments(
    quantize: str,
    output: str,
    outputs: Sequence[str],
    given: Mapping[str, float],
    tolerance: Mapping[str, Mapping[str, float]],
) -> None:
    """Raise ``ValueError`` for a format, output or tolerance that there is not.

    Args:
        quantize: As `kseg.export.to_tflite` is given it.
        output: Likewise.
        outputs: Those that there are for this kind of network.
        given: The tolerance as it is given.
        tolerance: By format, those that there are.
    """
    for name, value, known in (
        ("quantize", quantize, FORMATS),
        ("output", output, outputs),
    ):
        if value not in known:
            raise ValueError(f"{name} must be one of {known}. Received: {value!r}.")
    unknown = set(given) - set(tolerance[quantize])
    if unknown:
        raise ValueError(
            f"tolerance takes {sorted(tolerance[quantize])}. Received: "
            f"{sorted(unknown)}."
        )


def check_size(model: keras.Model) -> None:
    """Raise `ExportError` for a model of images of any size."""
    if None in model.input_shape[1:3]:
        raise ExportError(
            f"The model takes images of any size {model.input_shape[1:3]}, a .tflite "
            "file has one: pass size=(height, width)."
        )


def check_writable(path: Path) -> None:
    """Raise `ExportError` where ``path`` cannot be written; nothing is created.

    Writing can still fail later, and then says the same.
    """
    folder = path.absolute().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if path.is_dir():
        raise ExportError(unwritable(path, "it is a folder"))
    if not folder.is_dir():
        raise ExportError(unwritable(path, f"{folder} is not a folder"))
    if not os.access(folder, os.W_OK):
        raise ExportError(unwritable(path, f"no permission to write in {folder}"))


def unwritable(path: str | os.PathLike, reason: object) -> str:
    """The message for a path that cannot be written."""
    return f"{path} cannot be written: {reason}. Name a file that you can write to."


def uint8_images(
    images: Iterable[np.ndarray], shape: tuple[int, int, int], role: str
) -> list[np.ndarray]:
    """The images as a list; `ExportError` names the first of another type or shape."""
    images = list(images)
    for index, image in enumerate(images):
        kind, size = getattr(image, "dtype", type(image)), np.shape(image)
        if (kind, size) != (np.uint8, tuple(shape)):
            raise ExportError(
                f"Expected {role} images uint8 of shape {tuple(shape)}, prepared as "
                f"in training. Received: {role}[{index}] of {kind}, {size}."
            )
    return images


def check_labels(
    labels: Sequence[np.ndarray] | None,
    images: Sequence[np.ndarray],
    output_size: tuple[int, int],
) -> None:
    """Raise `ExportError` for label maps that do not fit the images or the output."""
    if labels is None:
        return
    if len(labels) != len(images):
        raise ExportError(
            f"Expected a label map for each check image. Received: {len(images)} "
            f"images and {len(labels)} label maps."
        )
    legal = {images[0].shape[:2], tuple(output_size)}
    for index, one in enumerate(labels):
        if np.shape(one) not in legal:
            raise ExportError(
                f"Expected check label maps of shape {' or '.join(map(str, legal))}. "
                f"Received: the one of image {index} of {np.shape(one)}."
            )
