"""kseg.callbacks.average: the average by hand, and that it comes and goes."""

import numpy as np
import pytest

from kseg.callbacks import WeightAverage
from tests.callbacks.models import one_weight


def started(model, *arguments):
    average = WeightAverage(*arguments)
    average.set_model(model)
    average.on_train_begin()
    return average


def test_the_average_by_hand():
    model = one_weight()
    average = started(model, 0.5)
    expected = 0.0
    for t, weight in enumerate([1.0, 3.0, 2.0], start=1):
        model.optimizer.iterations.assign(t)
        model.set_weights([np.full((1, 1), weight, "float32")])
        average.on_train_batch_end(0)
        expected += (1 - min(0.5, (1 + t) / (10 + t))) * (weight - expected)
    assert average.values()[0].item() == pytest.approx(expected)


def test_the_average_comes_and_goes():
    model = one_weight(7.0)
    average = started(model, 0.9, [np.full((1, 1), 3.0, "float32")])
    with average.applied():
        assert model.get_weights()[0].item() == 3.0
    assert model.get_weights()[0].item() == 7.0


def test_a_momentum_of_0_keeps_nothing_and_changes_nothing():
    model = one_weight(7.0)
    average = started(model, 0.0)
    model.set_weights([np.full((1, 1), 5.0, "float32")])
    average.on_train_batch_end(0)
    assert average.values() == []
    with average.applied():
        assert model.get_weights()[0].item() == 5.0
