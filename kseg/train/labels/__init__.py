"""Training and scores of networks that give a label map.

`kseg.train.objects` has the same names for networks that find objects.
"""

from kseg.train.labels.evaluation import best_threshold, evaluate
from kseg.train.labels.training import (
    KIND,
    SCORED_EVERY,
    batches,
    describe,
    loss,
    network,
    repeated,
    target,
)

__all__ = [
    "KIND",
    "SCORED_EVERY",
    "batches",
    "best_threshold",
    "describe",
    "evaluate",
    "loss",
    "network",
    "repeated",
    "target",
]
