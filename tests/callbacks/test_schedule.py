"""kseg.callbacks.schedule: the learning rate by epochs and by the clock."""

import keras
import numpy as np
import pytest

from kseg.callbacks import Schedule
from kseg.train import schedules


class Rates(keras.callbacks.Callback):
    """Notes the learning rate that each step was made with."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(self.model.optimizer.learning_rate))


def fit(schedule, steps, **options):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(9.0), "mse")
    rates = Rates()
    x = np.zeros((steps, 1), "float32")
    history = model.fit(
        x, x, batch_size=1, verbose=0, callbacks=[schedule, rates], **options
    )
    return rates.seen, history, model


def test_each_step_is_made_with_its_own_rate():
    schedule = Schedule(0.2, 2, schedules.poly(1), epochs=2)
    seen, history, _ = fit(schedule, 2, epochs=2)
    np.testing.assert_allclose(seen, [0.2, 0.15, 0.1, 0.05], rtol=1e-6)
    np.testing.assert_allclose(history.history["learning_rate"], [0.15, 0.05])


def test_a_constant_rate_replaces_the_optimisers():
    schedule = Schedule(0.1, 3, schedules.constant(), epochs=1)
    np.testing.assert_allclose(fit(schedule, 3)[0], [0.1, 0.1, 0.1])


def test_a_resumed_training_goes_on_along_the_curve():
    schedule = Schedule(0.2, 2, schedules.poly(1), epochs=2)
    seen = fit(schedule, 2, epochs=2, initial_epoch=1)[0]
    np.testing.assert_allclose(seen, [0.1, 0.05], rtol=1e-6)


def test_time_before_an_interruption_counts():
    schedule = Schedule(0.1, 10, schedules.cosine(), minutes=1, seconds=30)
    assert schedule.progress(0) == pytest.approx(0.5, abs=0.01)
    assert schedule.rate(0.5) == pytest.approx(0.05)


def test_time_over_stops_in_the_middle_of_an_epoch():
    schedule = Schedule(0.1, 100, schedules.cosine(), minutes=1, seconds=61)
    _, history, model = fit(schedule, 100, epochs=5)
    assert len(history.epoch) == 1
    assert int(model.optimizer.iterations) < 100


@pytest.mark.parametrize("length", [{}, {"epochs": 1, "minutes": 1}])
def test_exactly_one_length(length):
    with pytest.raises(ValueError, match="either epochs or minutes"):
        Schedule(0.1, 10, schedules.constant(), **length)
