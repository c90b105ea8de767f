"""Prediction on images of any size, separate objects, pictures and tables.

Nothing here imports Keras or TensorFlow until a run or a .keras file is loaded.
"""

from kseg.predict.detections import Detections
from kseg.predict.instance_predictor import InstancePredictor
from kseg.predict.instances import separate
from kseg.predict.load import load
from kseg.predict.predictor import Predictor
from kseg.predict.result import Result
from kseg.predict.tiling import Geometry, plan, predict_tiles

__all__ = [
    "Detections",
    "Geometry",
    "InstancePredictor",
    "Predictor",
    "Result",
    "load",
    "plan",
    "predict_tiles",
    "separate",
]
