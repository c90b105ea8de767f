"""What a resumed run needs, after every epoch."""

from typing import Any

import keras

from kseg.callbacks.average import WeightAverage
from kseg.callbacks.schedule import Schedule
from kseg.train import interrupts


class Checkpoint(keras.callbacks.Callback):
    """Write all that a resumed run needs, after every epoch.

    Args:
        run: The `kseg.train.run.Run`.
        state: The state of the run, with ``history``; written with the weights.
        schedule: The `Schedule`, which knows the time used.
        average: The `WeightAverage`.
    """

    def __init__(
        self, run, state: dict[str, Any], schedule: Schedule, average: WeightAverage
    ):
        super().__init__()
        self.run = run
        self.state = state
        self.schedule = schedule
        self.average = average

    def on_epoch_end(self, epoch, logs=None):
        self.state["epoch"] = epoch + 1
        self.state["seconds"] = self.schedule.elapsed()
        self.state["seeds"] = [
            keras.ops.convert_to_numpy(seed).tolist() for seed in _seeds(self.model)
        ]
        row = {"epoch": epoch + 1, "seconds": round(self.state["seconds"], 1)}
        row |= {name: float(value) for name, value in (logs or {}).items()}
        self.state["history"].append(row)
        with interrupts.whole():
            self.run.save(self.model, self.state, self.average.values())


def restore_seeds(model: keras.Model, state: dict[str, Any]) -> None:
    """Go on with dropout where a checkpoint left it: a ``.keras`` file does not say.

    Args:
        model: As loaded from the checkpoint.
        state: The checkpoint's; without ``seeds``, as older ones are, nothing happens.
    """
    seeds = state.get("seeds", [])
    for variable, seed in zip(_seeds(model) if seeds else [], seeds, strict=True):
        variable.assign(seed)


def _seeds(model: keras.Model) -> list[keras.Variable]:
    """The states of random draws: the variables that are no weights."""
    weights = {id(weight) for weight in model.weights}
    return [v for v in model.non_trainable_variables if id(v) not in weights]
