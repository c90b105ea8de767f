"""A sum of losses."""

import keras
import numpy as np
import pytest

from kseg.losses import CrossEntropy, Dice, Focal, Sum


def test_is_the_weighted_sum(batch):
    args = (batch.labels, batch.logits, batch.weights)
    loss = Sum([CrossEntropy(), Dice(), Focal()], weights=[1.0, 0.5, 2.0])
    expected = CrossEntropy()(*args) + 0.5 * Dice()(*args) + 2.0 * Focal()(*args)
    assert float(loss(*args)) == pytest.approx(float(expected), rel=1e-6)
    assert float(loss.call(*args[:2])) == pytest.approx(float(loss(*args[:2])))


def test_weights_default_to_1(batch):
    args = (batch.labels, batch.logits)
    both = Sum([CrossEntropy(), Dice()])(*args)
    expected = CrossEntropy()(*args) + Dice()(*args)
    assert float(both) == pytest.approx(float(expected), rel=1e-6)


def test_takes_losses_of_keras():
    labels = np.array([[[0, 1]]], "int32")
    logits = np.array([[[[1.0, 0.0], [0.5, 0.0]]]], "float32")
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    loss = Sum([theirs, CrossEntropy()], [1.0, -1.0])
    assert float(loss(labels, logits)) == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize(
    ("losses", "weights", "message"),
    [
        ([], None, "at least one loss"),
        (["dice"], None, "must be keras.losses.Loss"),
        ([Dice(reduction=None)], None, "reduce to one"),
        ([Dice(reduction="none")], None, "reduce to one"),
        ([Dice()], [1.0, 2.0], "one finite number for each loss"),
        ([Dice()], [float("nan")], "one finite number for each loss"),
    ],
)
def test_what_cannot_be_summed_is_refused(losses, weights, message):
    with pytest.raises(ValueError, match=message):
        Sum(losses, weights)
