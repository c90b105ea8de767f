"""From a trained network to files: a SavedModel, or one audited ``.tflite`` bundle.

Nothing is loaded before one of the names is used: the scripts of export/ say what they
make, and answer ``--help``, without TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kseg.export.flatbuffer.audit import Audit, audit
    from kseg.export.labels.parity import Parity
    from kseg.export.run import export_run
    from kseg.export.saved_model import to_saved_model
    from kseg.export.tflite import ExportReport, to_tflite

_HOMES = {
    "Audit": "flatbuffer.audit",
    "ExportReport": "tflite",
    "Parity": "labels.parity",
    "audit": "flatbuffer.audit",
    "export_run": "run",
    "to_saved_model": "saved_model",
    "to_tflite": "tflite",
}
__all__ = [
    "Audit",
    "ExportReport",
    "Parity",
    "audit",
    "export_run",
    "to_saved_model",
    "to_tflite",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kseg.export' has no attribute '{name}'")
    import_module("kseg.models")  # so that keras.models.load_model knows them
    return getattr(import_module(f"kseg.export.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
