"""Callbacks of `model.fit`: schedules, scores, checkpoints and previews of a run.

They work on every Keras backend. On JAX `fit` keeps the variables to itself inside an
epoch, and gives them back where a callback asks for ``self.model``: a callback must not
hold the model, or its optimiser, in another way.
"""

from kseg.callbacks.average import WeightAverage
from kseg.callbacks.checkpoint import Checkpoint, restore_seeds
from kseg.callbacks.evaluate import Evaluate
from kseg.callbacks.previews import Previews
from kseg.callbacks.progress import Progress
from kseg.callbacks.schedule import Schedule
from kseg.callbacks.score import Score
from kseg.callbacks.stop_on_nan import StopOnNaN

__all__ = [
    "Checkpoint",
    "Evaluate",
    "Previews",
    "Progress",
    "Schedule",
    "Score",
    "StopOnNaN",
    "WeightAverage",
    "restore_seeds",
]
