"""Networks that find objects: out of a bundle, and around a Keras model."""

from typing import Any

from kseg import bundle
from kseg.errors import BundleError
from kseg.imaging import default_palette
from kseg.predict.objects.network import (
    MASK_THRESHOLD,
    OUTPUTS,
    KerasObjects,
    TFLiteObjects,
    arguments,
)
from kseg.predict.objects.predictor import ObjectPredictor


def bundle_network(content: bundle.Bundle, threads: int | None = None) -> TFLiteObjects:
    """Start the runtime with a bundle's network; see `kseg.predict.sides`."""
    return TFLiteObjects(content.flatbuffer, content.metadata, threads)


def model_network(model, metadata: dict[str, Any]) -> KerasObjects:
    """A Keras model as predictors call it."""
    return KerasObjects(model)


def predictor(network, metadata: dict[str, Any], golden=None) -> ObjectPredictor:
    """What predicts with such a network."""
    return ObjectPredictor(network, metadata, golden)


def describe_model(model, gives: str | None = None) -> dict[str, Any]:
    """Metadata of a Keras model without a run: sizes, and classes without names.

    Objects are looked for in whole images (letterbox), and up is not like down.

    Args:
        model: From one image to a dict of the outputs.
        gives: None: the outputs' names tell.

    Raises:
        BundleError: It is of another kind.
    """
    outputs = model.output
    if not (isinstance(outputs, dict) and set(OUTPUTS) <= set(outputs)):
        raise BundleError(
            "Expected a network from images (B, H, W, C) to a dict of "
            f"{', '.join(OUTPUTS)}. Received: one from {model.input_shape} to "
            f"{model.output_shape}."
        )
    height, width, channels = model.input_shape[1:]
    # Networks that find objects without telling classes apart have no num_classes.
    classes = arguments(model).get("num_classes", 1)
    return {
        "name": model.name,
        "task": "instances",
        "input": {
            "size": [height, width],
            "channels": channels,
            "resize": "letterbox",
        },
        "tiling": {"margin": 0, "stride": 1},
        "classes": ["background", *(f"class {k + 1}" for k in range(classes))],
        "palette": [list(colour) for colour in default_palette(classes + 1)],
        "ignore_label": None,
        "instances": None,
        "score_threshold": 0.5,
        "mask_threshold": getattr(model, "mask_threshold", MASK_THRESHOLD),
        "turns": False,
    }
