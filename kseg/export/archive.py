"""What SavedModels of every kind of network have in common."""

import os
from collections.abc import Callable

import keras
import tensorflow as tf

from kseg.errors import ExportError
from kseg.layers.walk import walk


def check_backend() -> None:
    """Raise `ExportError` where Keras does not run on TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        raise ExportError(
            "Export needs Keras on TensorFlow. Received: KERAS_BACKEND="
            f"{keras.backend.backend()}. Save the model to a .keras file and export "
            "that with KERAS_BACKEND=tensorflow."
        )


def is_float32(model: keras.Model) -> bool:
    """Whether every layer computes in float32."""
    return all(_computes_in_float32(layer) for layer in walk(model))


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
    """
    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [tf.TensorSpec((batch, *model.input_shape[1:]), tf.uint8, name="image")]
    archive.add_endpoint("serve", serve, input_signature=signature)
    archive.write_out(str(folder), verbose=False)


def _computes_in_float32(layer: keras.Layer) -> bool:
    # An input layer computes nothing; a uint8 input is cast before it gets there.
    return (
        isinstance(layer, (keras.layers.InputLayer, keras.Model))
        or layer.compute_dtype == "float32"
    )
