"""Prediction on images of any size, separate objects, pictures and tables.

Nothing here imports Keras or TensorFlow until a run or a .keras file is loaded.
"""

from kseg.predict.labels.predictor import Predictor
from kseg.predict.labels.result import Result
from kseg.predict.labels.separate import separate
from kseg.predict.labels.tiling import Geometry, plan, predict_tiles
from kseg.predict.load import load
from kseg.predict.objects.detections import Detections
from kseg.predict.objects.predictor import ObjectPredictor

__all__ = [
    "Detections",
    "Geometry",
    "ObjectPredictor",
    "Predictor",
    "Result",
    "load",
    "plan",
    "predict_tiles",
    "separate",
]
