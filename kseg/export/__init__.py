"""From a trained network to files: a SavedModel, or one audited ``.tflite`` bundle."""

import kseg.models  # noqa: F401 -- so that keras.models.load_model knows them
from kseg.export.flatbuffer.audit import Audit, audit
from kseg.export.labels.parity import Parity
from kseg.export.saved_model import to_saved_model
from kseg.export.tflite import ExportReport, to_tflite

__all__ = ["Audit", "ExportReport", "Parity", "audit", "to_saved_model", "to_tflite"]
