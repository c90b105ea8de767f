"""Networks that give objects: a dict of boxes, scores, classes, masks and a count."""

import os

import keras
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export import archive
from kseg.ops import lowering

# Each output and its shape after the batch; D detections, masks of m x m.
OUTPUTS = {
    "boxes": ("D", 4),
    "scores": ("D",),
    "classes": ("D",),
    "masks": ("D", "m", "m"),
    "count": (),
}
_TYPES = {"classes": tf.int32, "count": tf.int32}


def sizes(model: keras.Model) -> tuple[int, int]:
    """Detections of an image and side of their masks, ``(D, m)``.

    Raises:
        ExportError: The outputs are not those of an instance network.
    """
    shapes = {name: tuple(x.shape[1:]) for name, x in model.output.items()}
    most, side = (*shapes.get("masks", ()), None, None)[:2]
    expected = {
        name: tuple({"D": most, "m": side}.get(n, n) for n in shape)
        for name, shape in OUTPUTS.items()
    }
    if shapes != expected or None in (most, side):
        raise ExportError(
            "Expected a model from one image (B, H, W, C) to a dict of boxes (B, D, "
            "4), scores (B, D), classes (B, D), masks (B, D, m, m) and count (B,). "
            f"Received, without B: {shapes}."
        )
    return most, side


def fixed(
    model: keras.Model, size: tuple[int, int] | None, gives: str | None = None
) -> keras.Model:
    """As `kseg.export.archive.fixed`, for networks that give objects alone."""
    if gives is not None:
        raise ValueError(
            "Expected gives=None of a network that gives objects, whose outputs have "
            f"names. Received: gives={gives!r}. Leave it out."
        )
    sizes(model)
    return archive.fixed(model, size)


def write(
    model: keras.Model, folder: str | os.PathLike, *, batch: int | None, form: str
) -> None:
    """Write a `fixed` model as a SavedModel.

    Args:
        model: The network.
        folder: Where.
        batch: Of the input, or None to leave it open.
        form: "tflite" for what converts, "kernels" for TensorFlow's own operators; see
            ``kseg.ops.lowering``.
    """

    def serve(image):
        outputs = model(tf.cast(image, tf.float32), training=False)
        return {
            name: tf.cast(outputs[name], _TYPES.get(name, tf.float32))
            for name in OUTPUTS
        }

    with lowering(form):
        archive.write_archive(model, folder, batch, serve)
