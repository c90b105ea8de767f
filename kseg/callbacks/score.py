"""Validation scores during training."""

from collections.abc import Callable
from typing import Any

import keras

from kseg.callbacks.average import WeightAverage
from kseg.callbacks.schedule import Schedule
from kseg.train import interrupts


class Score(keras.callbacks.Callback):
    """Score the network on the validation set and keep the best one.

    The score is that of `kseg.train.evaluation.evaluate`, on whole images; of equal
    ones the last. Where objects were hit, the threshold from which on they count best
    becomes the run's ``score_threshold``.

    Args:
        run: The `kseg.train.run.Run`.
        evaluate: Returns the scores of a model: ``evaluate(model) -> dict``.
        state: The state of the run; ``best_score`` is read and written.
        average: The `WeightAverage`, whose weights are scored and kept.
        schedule: The `Schedule`. Scores are made after an epoch with which at
            least ``every`` of the training has passed since the last ones, and
            after the last: short epochs would be spent on scoring.
        every: A share of the training.
    """

    def __init__(
        self,
        run,
        evaluate: Callable[[keras.Model], dict[str, Any]],
        state: dict[str, Any],
        average: WeightAverage,
        schedule: Schedule,
        every: float = 0.05,
    ):
        super().__init__()
        self.run = run
        self.evaluate = evaluate
        self.state = state
        self.average = average
        self.schedule = schedule
        self.every = every

    def on_epoch_end(self, epoch, logs=None):
        progress = self.schedule.progress(self.params["steps"])
        if progress < 1 and progress - self.state.get("scored_at", 0.0) < self.every:
            return
        self.state["scored_at"] = progress
        with self.average.applied():
            scores = self.evaluate(self.model)
            # Not ">=": where nothing can be scored all is NaN, and one is kept still.
            if not scores["score"] < self.state["best_score"]:
                self.state["best_score"] = scores["score"]
                self.state["best_epoch"] = epoch + 1
                with interrupts.whole():
                    self.run.save_best(self.model, **_threshold(scores))
        if logs is not None:
            logs.update({f"val_{name}": value for name, value in scores.items()})


def _threshold(scores):
    # Where nothing is hit one threshold is as good as another.
    hit = scores.get("best_objects_50", 0) > 0
    return {"score_threshold": scores["best_threshold"]} if hit else {}
