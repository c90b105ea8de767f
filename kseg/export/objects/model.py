"""Networks that give objects: a dict of boxes, scores, classes, masks and a count."""

import os
from typing import Any

import keras
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export.archive import check_backend, is_float32, write_archive
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
    found = {name: tuple(x.shape[1:]) for name, x in model.output.items()}
    most, side = (*found.get("masks", ()), None, None)[:2]
    expected = {
        name: tuple({"D": most, "m": side}.get(n, n) for n in shape)
        for name, shape in OUTPUTS.items()
    }
    if found != expected or None in (most, side):
        raise ExportError(
            "Expected a model from one image (B, H, W, C) to a dict of boxes (B, D, "
            "4), scores (B, D), classes (B, D), masks (B, D, m, m) and count (B,). "
            f"Received, without B: {found}."
        )
    return most, side


def fixed(model: keras.Model, size: tuple[int, int] | None) -> keras.Model:
    """The same network for images of ``size``, computing in float32.

    Args:
        model: A functional model, trained in any dtype policy, whose config holds
            ``input_shape`` if it is to be rebuilt at another size.
        size: (H, W), or None for the size that the model has.

    Returns:
        ``model`` itself where nothing has to change; else a copy with its weights.

    Raises:
        ExportError: The model is of another kind, or cannot take that size.
    """
    check_backend()
    sizes(model)
    own = model.input_shape[1:3]
    size = own if size is None else tuple(size)
    if own == size and is_float32(model):
        return model
    config = _in_float32(model.get_config())
    if own != size:
        if "input_shape" not in config:
            raise ExportError(
                f"Expected size={own}, which the network was built for: its config "
                f"has no input_shape to change. Received: size={size}."
            )
        config["input_shape"] = (*size, model.input_shape[-1])
    if isinstance(config.get("dtype"), str):  # of a network built from arguments
        config["dtype"] = "float32"
    try:
        copy = type(model).from_config(config)
        copy.set_weights(model.get_weights())
    except (ValueError, TypeError) as error:
        raise ExportError(
            f"The network cannot be built for images of {size[0]} x {size[1]}: {error}"
        ) from error
    return copy


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
        found = model(tf.cast(image, tf.float32), training=False)
        return {
            name: tf.cast(found[name], _TYPES.get(name, tf.float32)) for name in OUTPUTS
        }

    with lowering(form):
        write_archive(model, folder, batch, serve)


def _in_float32(config: Any) -> Any:
    """A config in which every dtype policy, also of inner layers, is float32."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float32"}}
        return {key: _in_float32(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(map(_in_float32, config))
    return config
