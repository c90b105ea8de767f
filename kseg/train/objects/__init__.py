"""Training and scores of networks that find objects.

`kseg.train.labels` has the same names for networks that give a label map.
"""

from kseg.train.objects.evaluation import best_threshold, evaluate
from kseg.train.objects.training import (
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
