"""kseg: the classic segmentation networks in Keras, from pixels to one .tflite file.

Importing kseg is silent and loads neither Keras nor TensorFlow: names are looked up
when first used, so that a bundle runs on a machine that has neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "backbones",
    "data",
    "export",
    "layers",
    "load",
    "losses",
    "metrics",
    "models",
    "ops",
    "predict",
]

if TYPE_CHECKING:
    from kseg import (
        backbones,
        data,
        export,
        layers,
        losses,
        metrics,
        models,
        ops,
        predict,
    )
    from kseg.predict.load import load


def __getattr__(name: str) -> Any:
    if name == "load":
        return import_module("kseg.predict.load").load
    if name in __all__:
        return import_module(f"kseg.{name}")
    raise AttributeError(f"module 'kseg' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
