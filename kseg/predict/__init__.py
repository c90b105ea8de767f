"""Prediction on images of any size, and what objects are made of.

Nothing here imports Keras or TensorFlow until a run or a .keras file is loaded.
"""

from kseg.predict.labels.predictor import Predictor
from kseg.predict.labels.result import Result
from kseg.predict.labels.separate import separate
from kseg.predict.labels.tiling import Geometry, plan, predict_tiles
from kseg.predict.load import load
from kseg.predict.objects.detections import Detections
from kseg.predict.objects.predictor import ObjectPredictor
from kseg.predict.sides import describe_model, from_model

__all__ = [
    "Detections",
    "Geometry",
    "ObjectPredictor",
    "Predictor",
    "Result",
    "from_model",
    "describe_model",
    "load",
    "plan",
    "predict_tiles",
    "separate",
]
