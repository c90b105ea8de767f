"""Networks that give label maps: out of a bundle, and around a Keras model."""

from typing import Any

from kseg import bundle
from kseg.errors import BundleError
from kseg.imaging import default_palette
from kseg.predict.labels.network import KerasNetwork, TFLiteNetwork
from kseg.predict.labels.predictor import Predictor


def bundle_network(content: bundle.Bundle, threads: int | None = None) -> TFLiteNetwork:
    """Start the runtime with a bundle's network; see `kseg.predict.sides`."""
    return TFLiteNetwork(content.flatbuffer, content.metadata, threads)


def model_network(model, metadata: dict[str, Any]) -> KerasNetwork:
    """A Keras model as predictors call it.

    Raises:
        BundleError: It does not tell what it gives, or has other classes.
    """
    logits = _logits(model, metadata.get("gives"))
    classes = metadata["classes"]
    if len(classes) != logits.output_shape[-1]:
        raise BundleError(
            f"Expected metadata with as many classes as {model.name} has, "
            f"{logits.output_shape[-1]}. Received: {len(classes)}, {list(classes)}."
        )
    return KerasNetwork(logits, metadata)


def predictor(network, metadata: dict[str, Any], golden=None) -> Predictor:
    """What predicts with such a network."""
    return Predictor(network, metadata, golden)


def describe_model(model, gives: str | None = None) -> dict[str, Any]:
    """Metadata of a Keras model without a run: sizes, and classes without names.

    Args:
        model: From one image to one map.
        gives: What its channels are: see `kseg.models.parts.class_logits`.

    Raises:
        BundleError: It is of another kind, or does not tell what it gives.
    """
    # Here, because a bundle is read where Keras need not be.
    from kseg.models.parts.class_logits import is_map_to_map

    taken = getattr(model, "input_shape", None)
    given = getattr(model, "output_shape", None)
    if not is_map_to_map(model):
        raise BundleError(
            "Expected a network from images (B, H, W, C) to logits (B, H, W, K), or "
            f"one of kseg's that find objects. Received: one from {taken} to {given}."
        )
    height, width, channels = taken[1:]
    classes, out = _logits(model, gives).output_shape[-1], given[1:3]
    return {
        "name": model.name,
        "task": "semantic",
        "input": {
            "size": [height or 256, width or 256],
            "channels": channels,
            "resize": "tile",
        },
        # Valid convolutions bring a margin of their own.
        "tiling": {
            "margin": 0 if out != taken[1:3] else 32,
            "stride": bundle.default_stride(out),
        },
        "classes": [f"class {k}" for k in range(classes)],
        "palette": [list(colour) for colour in default_palette(classes)],
        "ignore_label": 255,
        "instances": None,
    }


def _logits(model, gives):
    """The model, giving logits of its classes."""
    from kseg.models.parts.class_logits import class_logits

    try:
        return class_logits(model, gives)
    except ValueError as error:
        raise BundleError(
            f"{error} For kseg.load, in NAME.json beside NAME.keras, such as "
            '{"gives": "logits"}.'
        ) from error
