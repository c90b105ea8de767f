"""SavedModels with the preprocessing inside: raw uint8 pixels in, results out."""

import os

import keras

from kseg.errors import ExportError
from kseg.export.machine import enough_memory
from kseg.export.sides import SIDES, task_of
from kseg.files import atomic_path


@enough_memory()
def to_saved_model(
    model: keras.Model,
    path: str | os.PathLike,
    size: tuple[int, int] | None = None,
    gives: str | None = None,
) -> None:
    """Write a SavedModel folder for TensorFlow Serving or ``tf.saved_model.load``.

    Its signature ``serve`` takes ``image``, uint8 (B, H, W, C), 0..255, and returns
    ``labels``, uint8 (B, H', W'), and ``logits``, float32 (B, H', W', K); of an
    instance network what the network returns.

    Args:
        model: As `kseg.export.to_tflite` takes it.
        path: The folder to write; an old one is replaced when the new one is complete.
        size: (H, W) to fix the input to; None leaves what the model leaves open.
        gives: As `kseg.export.to_tflite` takes it.

    Raises:
        ExportError: The model is of another kind, cannot take that size, or the
            folder cannot be written.
    """
    side = SIDES[task_of(model)]
    model = side.fixed(model, size, gives)
    try:
        with atomic_path(path) as temporary:
            side.save(model, temporary)
    except OSError as error:
        raise ExportError(
            f"{path} cannot be written: {error.strerror or error}. Name a folder that "
            "you can write to."
        ) from error
