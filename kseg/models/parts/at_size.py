"""A network at another size of its images, or computing in float32."""

from functools import partial
from typing import Any

import keras

from kseg.layers.walk import walk


def at_size(
    model: keras.Model,
    size: tuple[int | None, int | None] | None = None,
    *,
    float32: bool = False,
) -> keras.Model:
    """The same network for images of another size, with the weights that it has.

    A network that has a method ``at_size(size, float32)`` is rebuilt by it, another
    layer by layer. A copy is not compiled.

    Args:
        model: A functional model of one image, (B, H, W, C).
        size: (H, W) in pixels, None where it is to be open; None: that of ``model``.
        float32: Whether every layer is to compute in float32, whatever dtype policy it
            was trained in.

    Returns:
        ``model`` itself where nothing has to change; else the copy.

    Raises:
        ValueError: The model takes something else than one image, or cannot be rebuilt
            at that size.
    """
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise ValueError(
            "Expected a functional model of one image (B, H, W, C). Received: "
            f"{model.name!r} of input shape {shape}."
        )
    size = shape[1:3] if size is None else tuple(size)
    if size == shape[1:3] and (not float32 or _computes_in_float32(model)):
        return model
    rebuild = getattr(model, "at_size", None) or partial(_clone, model)
    try:
        return rebuild(size, float32)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"The network cannot be built for images of {size[0]} x {size[1]}: {error}"
        ) from error


def in_float32(config: Any) -> Any:
    """A config in which every dtype policy, that of inner layers too, is float32."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float32"}}
        return {key: in_float32(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(map(in_float32, config))
    return config


def _clone(model, size, float32):
    if size != model.input_shape[1:3] and len(model.outputs) > 1:
        # Of its layers one may hold the size: one that clips boxes, say.
        raise ValueError(
            "it gives several outputs. Give it a method at_size(size, float32) that "
            "builds it anew."
        )

    def copy_of(layer):
        config = layer.get_config()
        return type(layer).from_config(in_float32(config) if float32 else config)

    given = model.inputs[0]
    shape = (*size, given.shape[-1])
    clone = keras.models.clone_model(
        model,
        input_tensors=keras.Input(shape, dtype=given.dtype, name=given.name),
        clone_function=copy_of,
        recursive=True,  # a network in a network: SegNet-Basic at half resolution
    )
    clone.set_weights(model.get_weights())
    return clone


def _computes_in_float32(model: keras.Model) -> bool:
    # An input layer computes nothing; a uint8 input is cast before it gets there.
    return all(
        layer.compute_dtype == "float32"
        for layer in walk(model)
        if not isinstance(layer, (keras.layers.InputLayer, keras.Model))
    )
