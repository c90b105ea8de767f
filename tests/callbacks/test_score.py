"""kseg.callbacks.score: the best network is kept."""

import pytest

from kseg.callbacks import Schedule, Score, WeightAverage
from kseg.train.schedules import constant
from tests.callbacks.models import one_weight


class Kept:
    """Stands for a run: counts the networks that it was given to keep."""

    count, metadata = 0, None

    def save_best(self, model, **metadata):
        self.count += 1
        self.metadata = metadata


def score_epochs(scores, epochs, run=None, **others):
    """The networks kept, the state, and the epochs that were scored."""
    model, average = one_weight(), WeightAverage(0.9)
    average.set_model(model)
    average.on_train_begin()
    run, state, scored = run or Kept(), {"best_score": -1.0}, []
    values = iter(scores)
    schedule = Schedule(0.1, 1, constant(), epochs=epochs)

    def evaluate(model):
        return {"score": next(values), **others}

    score = Score(run, evaluate, state, average, schedule)
    score.set_model(model)
    score.set_params({"steps": 1})
    for epoch in range(epochs):
        schedule.on_epoch_begin(epoch)
        logs = {}
        score.on_epoch_end(epoch, logs)
        if "val_score" in logs:
            scored.append(epoch + 1)
    return run.count, state, scored


@pytest.mark.parametrize(
    "scores, kept, best",
    [([0.5, 0.4, 0.6], 2, 3), ([0.0, 0.0], 2, 2), ([float("nan")], 1, 1)],
)
def test_the_best_network_is_kept(scores, kept, best):
    count, state, _ = score_epochs(scores, len(scores))
    assert (count, state["best_epoch"]) == (kept, best)


def test_short_epochs_are_not_spent_on_scoring():
    _, _, scored = score_epochs([0.5] * 50, 50)
    assert len(scored) <= 20 and scored[-1] == 50


@pytest.mark.parametrize(
    "others, kept",
    [
        ({}, {}),
        ({"best_threshold": 0.4, "best_objects_50": 0.1}, {"score_threshold": 0.4}),
        ({"best_threshold": 0.4, "best_objects_50": 0.0}, {}),
        ({"best_threshold": float("nan"), "best_objects_50": float("nan")}, {}),
    ],
)
def test_the_best_threshold_of_objects_goes_with_the_network(others, kept):
    run = Kept()
    score_epochs([0.5], 1, run, **others)
    assert run.metadata == kept
