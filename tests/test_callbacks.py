"""kseg.callbacks: the schedule by hand, and the average that is swapped in."""

import keras
import numpy as np
import pytest

from kseg.callbacks import CosineSchedule, Score, StopOnNaN, WeightAverage
from kseg.errors import RunError


def test_the_rate_warms_up_and_falls_to_zero():
    schedule = CosineSchedule(0.1, 10, epochs=4, warmup=0.25)
    assert schedule.rate(0.0) == pytest.approx(0.001)
    assert schedule.rate(0.125) == pytest.approx(0.05)
    assert schedule.rate(0.25) == pytest.approx(0.1)
    assert schedule.rate(0.625) == pytest.approx(0.05)  # half of the cosine
    assert schedule.rate(1.0) == pytest.approx(0.0, abs=1e-12)


def test_progress_by_epochs():
    schedule = CosineSchedule(0.1, 10, epochs=4)
    schedule.on_epoch_begin(3)
    assert schedule.progress(5) == pytest.approx(0.875)


def test_time_before_an_interruption_counts():
    schedule = CosineSchedule(0.1, 10, minutes=1, seconds=60)
    assert schedule.progress(0) == 1.0


@pytest.mark.parametrize("length", [{}, {"epochs": 1, "minutes": 1}])
def test_exactly_one_length(length):
    with pytest.raises(ValueError, match="either epochs or minutes"):
        CosineSchedule(0.1, 10, **length)


def test_time_over_stops_in_the_middle_of_an_epoch():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    schedule = CosineSchedule(0.1, 100, minutes=1, seconds=61)
    x = np.ones((100, 1), "float32")
    history = model.fit(x, x, batch_size=1, epochs=5, verbose=0, callbacks=[schedule])
    assert len(history.epoch) == 1
    assert int(model.optimizer.iterations) < 100


def test_a_diverged_loss_says_what_to_do():
    with pytest.raises(RunError, match="--lr"):
        StopOnNaN().on_train_batch_end(3, {"loss": float("nan")})


class Kept:
    """Stands for a run: counts the networks that it was given to keep."""

    count = 0

    def save_best(self, model):
        self.count += 1


@pytest.mark.parametrize(
    "scores, kept, best",
    [([0.5, 0.4, 0.6], 2, 3), ([0.0, 0.0], 1, 1), ([float("nan")], 1, 1)],
)
def test_the_best_network_is_kept(scores, kept, best):
    model, average = one_weight(), WeightAverage(0.9)
    average.set_model(model)
    average.on_train_begin()
    run, state = Kept(), {"best_score": -1.0}
    schedule = CosineSchedule(0.1, 1, epochs=len(scores))
    score = Score(run, lambda _: {"score": next(values)}, state, average, schedule)
    score.set_model(model)
    score.set_params({"steps": 1})
    values = iter(scores)
    for epoch in range(len(scores)):
        schedule.on_epoch_begin(epoch)
        score.on_epoch_end(epoch)
    assert (run.count, state["best_epoch"]) == (kept, best)


def one_weight(value=0.0):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    model.set_weights([np.full((1, 1), value, "float32")])
    return model


def test_the_average_by_hand():
    model, average = one_weight(), WeightAverage(0.5)
    average.set_model(model)
    average.on_train_begin()
    expected = 0.0
    for t, weight in enumerate([1.0, 3.0, 2.0], start=1):
        model.optimizer.iterations.assign(t)
        model.set_weights([np.full((1, 1), weight, "float32")])
        average.on_train_batch_end(0)
        expected += (1 - min(0.5, (1 + t) / (10 + t))) * (weight - expected)
    assert average.values()[0].item() == pytest.approx(expected)


def test_the_average_comes_and_goes():
    model = one_weight(7.0)
    average = WeightAverage(0.9, values=[np.full((1, 1), 3.0, "float32")])
    average.set_model(model)
    average.on_train_begin()
    with average.applied():
        assert model.get_weights()[0].item() == 3.0
    assert model.get_weights()[0].item() == 7.0
