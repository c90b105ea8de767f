"""kseg.callbacks.score: the best network is kept."""

import pytest

from kseg.callbacks import Schedule, Score, WeightAverage
from kseg.schedules import constant
from tests.callbacks.models import one_weight


class Kept:
    """Stands for a run: counts the networks that it was given to keep."""

    count = 0

    def save_best(self, model):
        self.count += 1


def score_epochs(scores, epochs):
    """The networks kept, the state, and the epochs that were scored."""
    model, average = one_weight(), WeightAverage(0.9)
    average.set_model(model)
    average.on_train_begin()
    run, state, scored, values = Kept(), {"best_score": -1.0}, [], iter(scores)
    schedule = Schedule(0.1, 1, constant(), epochs=epochs)
    score = Score(run, lambda _: {"score": next(values)}, state, average, schedule)
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
    [([0.5, 0.4, 0.6], 2, 3), ([0.0, 0.0], 1, 1), ([float("nan")], 1, 1)],
)
def test_the_best_network_is_kept(scores, kept, best):
    count, state, _ = score_epochs(scores, len(scores))
    assert (count, state["best_epoch"]) == (kept, best)


def test_short_epochs_are_not_spent_on_scoring():
    _, _, scored = score_epochs([0.5] * 50, 50)
    assert len(scored) <= 20 and scored[-1] == 50
