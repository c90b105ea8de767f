"""What SavedModels of every kind of network have in common."""

import os
from collections.abc import Callable

import keras
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export.machine import files_of_tensorflow
from kseg.models import at_size


def check_backend() -> None:
    """Raise `ExportError` where Keras does not run on TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        raise ExportError(
            "Export needs Keras on TensorFlow. Received: KERAS_BACKEND="
            f"{keras.backend.backend()}. Save the model to a .keras file and export "
            "that with KERAS_BACKEND=tensorflow."
        )


def fixed(model: keras.Model, size: tuple[int, int] | None) -> keras.Model:
    """The same network for images of ``size``, computing in float32.

    Args:
        model: A functional model, trained in any dtype policy.
        size: (H, W), or None for the size that the model has.

    Returns:
        ``model`` itself where nothing has to change; else a copy with its weights.

    Raises:
        ExportError: It cannot take that size, or Keras does not run on TensorFlow.
    """
    check_backend()
    try:
        return at_size(model, size, float32=True)
    except ValueError as error:
        raise ExportError(str(error)) from error


def write_archive(
    model: keras.Model,
    folder: str | os.PathLike,
    batch: int | None,
    serve: Callable[[tf.Tensor], dict],
) -> None:
    """Write a SavedModel of one signature, ``serve``.

    Args:
        model: Whose variables are saved.
        folder: Where.
        batch: Of the input, or None to leave it open.
        serve: From ``image``, uint8 (batch, H, W, C), to named outputs.

    Raises:
        OSError: The folder cannot be written, or is full.
    """
    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [tf.TensorSpec((batch, *model.input_shape[1:]), tf.uint8, name="image")]
    archive.add_endpoint("serve", serve, input_signature=signature)
    with files_of_tensorflow():
        archive.write_out(str(folder), verbose=False)
