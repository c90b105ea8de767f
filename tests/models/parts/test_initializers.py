"""The papers' initial weights: their deviation, and how far out they lie."""

import numpy as np
import pytest

from kseg.models.parts.initializers import caffe2_xavier, gaussian, msra

FAN_IN = 3 * 3 * 50


@pytest.mark.parametrize(
    "initializer, deviation, farthest",
    [
        (msra(), (2 / FAN_IN) ** 0.5, (4.0, 6.0)),  # a Gaussian that is not cut off
        (gaussian(0.01), 0.01, (4.0, 6.0)),
        (caffe2_xavier(), (1 / FAN_IN) ** 0.5, (1.7, 3**0.5 + 1e-3)),
    ],
)
def test_the_deviation(initializer, deviation, farthest):
    drawn = np.asarray(initializer((3, 3, 50, 400))) / deviation
    assert drawn.std() == pytest.approx(1, rel=0.02)
    assert abs(drawn.mean()) < 0.02
    assert farthest[0] < np.abs(drawn).max() < farthest[1]
