"""Networks that give label maps: out of a bundle, and around a Keras model."""

from typing import Any

from kseg import bundle
from kseg.errors import BundleError
from kseg.predict.labels.network import KerasNetwork, TFLiteNetwork
from kseg.predict.labels.predictor import Predictor


def bundle_network(content: bundle.Bundle, threads: int | None = None) -> TFLiteNetwork:
    """Start the runtime with a bundle's network; see `kseg.predict.sides`."""
    return TFLiteNetwork(content.flatbuffer, content.metadata, threads)


def model_network(model, metadata: dict[str, Any]) -> KerasNetwork:
    """A Keras model as predictors call it."""
    return KerasNetwork(model, metadata)


def predictor(network, metadata: dict[str, Any], golden=None) -> Predictor:
    """What predicts with such a network."""
    return Predictor(network, metadata, golden)


def describe_model(model) -> dict[str, Any]:
    """Metadata of a Keras model without a run: sizes, and classes without names."""
    if not (_is_map(model.input) and _is_map(model.output)):
        raise BundleError(
            "Expected a network from images (B, H, W, C) to logits (B, H, W, K), or "
            "one of kseg's that find objects. Received: one from "
            f"{model.input_shape} to {model.output_shape}."
        )
    height, width, channels = model.input_shape[1:]
    return {
        "name": model.name,
        "task": "semantic",
        "input": {"size": [height or 256, width or 256], "channels": channels},
        "classes": [f"class {k}" for k in range(model.output_shape[-1])],
        "tiling": {
            "margin": 32,
            "stride": bundle.default_stride(model.output_shape[1:3]),
        },
    }


def _is_map(tensors) -> bool:
    """Whether it is one tensor (B, H, W, C), and not several."""
    return not isinstance(tensors, (dict, list, tuple)) and len(tensors.shape) == 4
