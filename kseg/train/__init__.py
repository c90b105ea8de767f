"""Training: recipes with options, runs and their records, the loop, the scores.

Names are looked up when first used: a run is read without Keras.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Evaluation": "scores",
    "ObjectTarget": "recipe",
    "Options": "options",
    "Recipe": "recipe",
    "Run": "run",
    "Separation": "recipe",
    "best_threshold": "evaluation",
    "evaluate": "evaluation",
    "recompute_batch_norm": "batch_norm_statistics",
    "train": "loop",
}

__all__ = [
    "Evaluation",
    "ObjectTarget",
    "Options",
    "Recipe",
    "Run",
    "Separation",
    "best_threshold",
    "evaluate",
    "recompute_batch_norm",
    "train",
]

if TYPE_CHECKING:
    from kseg.train.batch_norm_statistics import recompute_batch_norm
    from kseg.train.evaluation import best_threshold, evaluate
    from kseg.train.loop import train
    from kseg.train.options import Options
    from kseg.train.recipe import ObjectTarget, Recipe, Separation
    from kseg.train.run import Run
    from kseg.train.scores import Evaluation


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"kseg.train.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'kseg.train' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
