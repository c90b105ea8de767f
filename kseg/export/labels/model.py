"""Networks that give a label map: fixed to a size, and written with what they return.

`kseg.export.objects.model` has the same functions for networks that find objects.
"""

import os
from collections.abc import Sequence

import keras
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export import archive
from kseg.models.parts.class_logits import class_logits, is_map_to_map

OUTPUTS = ("labels", "logits")


def fixed(
    model: keras.Model, size: tuple[int, int] | None, gives: str | None = None
) -> keras.Model:
    """As `kseg.export.archive.fixed`, for networks from an image to a map alone.

    What it returns gives the logits of its classes, whatever ``model`` gives: see
    `kseg.models.parts.class_logits`.
    """
    archive.check_backend()
    if not is_map_to_map(model):
        shapes = [getattr(model, f"{side}_shape", None) for side in ("input", "output")]
        raise ExportError(
            "Expected a functional model from one image (B, H, W, C) to one map of "
            f"logits (B, H', W', K). Received: {shapes[0]} to {shapes[1]}. Make one of "
            "a model of a class of your own: image = keras.Input((H, W, C)); "
            "keras.Model(image, model(image))."
        )
    try:
        model = class_logits(model, gives)
    except ValueError as error:
        raise ExportError(str(error)) from error
    if model.output_shape[-1] > 256:
        raise ExportError(
            "Expected at most 256 classes, because label maps are uint8. "
            f"Received: {model.output_shape[-1]}."
        )
    return archive.fixed(model, size)


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

    archive.write_archive(model, folder, batch, serve)


def _label_map(logits: tf.Tensor) -> tf.Tensor:
    # int32, because tf.argmax gives int64 unless told, which phones' delegates refuse;
    # keras.ops.argmax on floats does not convert to builtin operators at all.
    return tf.cast(tf.argmax(logits, axis=-1, output_type=tf.int32), tf.uint8)
