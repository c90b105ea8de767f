"""Scores: NumPy ones for evaluation, Keras ones for ``compile``.

The NumPy names load neither Keras nor TensorFlow; a Keras metric does when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kseg.metrics.boundary import BoundaryF1, boundary_f1
from kseg.metrics.coco import CocoScores
from kseg.metrics.id_maps import THRESHOLDS, IdMapScores, id_map_scores
from kseg.metrics.mapr import MeanAPr
from kseg.metrics.matching import IdMapMatch, match_id_maps
from kseg.metrics.object_scores import ObjectScores
from kseg.metrics.panoptic import PanopticQuality
from kseg.metrics.score_threshold import ScoreThreshold
from kseg.metrics.scores import confusion_matrix, semantic_scores

_STREAMING = (
    "DiceScore",
    "FrequencyWeightedIoU",
    "MeanAccuracy",
    "MeanIoU",
    "PixelAccuracy",
    "SemanticScores",
)

__all__ = [
    "THRESHOLDS",
    "BoundaryF1",
    "CocoScores",
    "DiceScore",
    "FrequencyWeightedIoU",
    "IdMapMatch",
    "IdMapScores",
    "MeanAPr",
    "MeanAccuracy",
    "MeanIoU",
    "ObjectScores",
    "PanopticQuality",
    "PixelAccuracy",
    "ScoreThreshold",
    "SemanticScores",
    "boundary_f1",
    "confusion_matrix",
    "id_map_scores",
    "match_id_maps",
    "semantic_scores",
]

if TYPE_CHECKING:
    from kseg.metrics.streaming import (
        DiceScore,
        FrequencyWeightedIoU,
        MeanAccuracy,
        MeanIoU,
        PixelAccuracy,
        SemanticScores,
    )


def __getattr__(name: str) -> Any:
    if name in _STREAMING:
        return getattr(import_module("kseg.metrics.streaming"), name)
    raise AttributeError(f"module 'kseg.metrics' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
