"""Training: recipes with options, runs and their records, the loop, the scores.

Names are looked up when first used: a run is read without Keras.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Evaluation": "evaluation",
    "Run": "run",
    "best_threshold": "evaluation",
    "evaluate": "evaluation",
    "recompute_batch_norm": "batch_norm_statistics",
    "train": "loop",
}

__all__ = [
    "Evaluation",
    "Run",
    "best_threshold",
    "evaluate",
    "recompute_batch_norm",
    "train",
]

if TYPE_CHECKING:
    from kseg.train.batch_norm_statistics import recompute_batch_norm
    from kseg.train.evaluation import Evaluation, best_threshold, evaluate
    from kseg.train.loop import train
    from kseg.train.run import Run


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"kseg.train.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'kseg.train' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
