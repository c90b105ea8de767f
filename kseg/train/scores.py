"""What an evaluation gives."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Evaluation:
    """What `kseg.train.evaluate` gives.

    Attributes:
        scores: Name to number, or to a list of numbers by class, over the whole set.
            ``score`` is the one that training maximises: ``mask_ap`` of a network that
            finds objects; of others the pooled score of objects at IoU 0.5 for data
            with objects, and the mean IoU for label maps.
        rows: Per image: ``name`` and its own scores.
        results: Of a network that finds objects what COCO's result files hold, by kind,
            ``"segm"`` and ``"bbox"``; image ids are the data set's, or names where it
            has none or has one twice.
    """

    scores: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
