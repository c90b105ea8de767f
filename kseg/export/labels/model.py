"""Networks that give a label map: fixed to a size, and written with what they return.

`kseg.export.objects.model` has the same functions for networks that find objects.
"""

import os
from collections.abc import Sequence

import keras
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export.archive import check_backend, is_float32, write_archive

OUTPUTS = ("labels", "logits")


def fixed(model: keras.Model, size: tuple[int, int] | None) -> keras.Model:
    """The same network with its input fixed to ``size``, computing in float32.

    Args:
        model: As `kseg.export.to_saved_model` takes it, trained in any dtype policy.
        size: (H, W), or None for the size that the model has.

    Returns:
        ``model`` itself where nothing has to change; else a copy.

    Raises:
        ExportError: The model is of another kind, or cannot take that size.
    """
    check_backend()
    shapes = (model.input_shape, model.output_shape)
    if any(isinstance(s, (list, dict)) or len(s) != 4 for s in shapes):
        raise ExportError(
            "Expected a model from one image (B, H, W, C) to one map of logits "
            f"(B, H', W', K). Received: {shapes[0]} to {shapes[1]}."
        )
    if model.output_shape[-1] > 256:
        raise ExportError(
            "Expected at most 256 classes, because label maps are uint8. "
            f"Received: {model.output_shape[-1]}."
        )
    own = model.input_shape[1:3]
    size = own if size is None else tuple(size)
    if own == size and is_float32(model):
        return model
    try:
        inputs = keras.Input((*size, model.input_shape[-1]), name="image")
        copy = keras.models.clone_model(
            model,
            input_tensors=inputs,
            clone_function=_float32_copy,
            recursive=True,  # a network in a network: SegNet-Basic at half resolution
        )
    except (ValueError, TypeError) as error:
        raise ExportError(
            f"The network cannot be built for images of {size[0]} x {size[1]}: {error}"
        ) from error
    copy.set_weights(model.get_weights())
    return copy


def write(
    model: keras.Model,
    folder: str | os.PathLike,
    *,
    batch: int | None,
    outputs: Sequence[str],
) -> None:
    """Write a `fixed` model as a SavedModel with a signature of some of the OUTPUTS.

    Args:
        model: The network.
        folder: Where.
        batch: Of the input, or None to leave it open.
        outputs: Which.
    """

    def serve(image):
        logits = model(tf.cast(image, tf.float32), training=False)
        results = {"labels": _label_map(logits), "logits": logits}
        return {name: results[name] for name in outputs}

    write_archive(model, folder, batch, serve)


def _label_map(logits: tf.Tensor) -> tf.Tensor:
    # int32, because tf.argmax gives int64 unless told, which phones' delegates refuse;
    # keras.ops.argmax on floats does not convert to builtin operators at all.
    return tf.cast(tf.argmax(logits, axis=-1, output_type=tf.int32), tf.uint8)


def _float32_copy(layer: keras.Layer) -> keras.Layer:
    return layer.__class__.from_config({**layer.get_config(), "dtype": "float32"})
