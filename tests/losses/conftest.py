"""One small batch for every loss: odd sides, ignored pixels, an absent class."""

from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture
def batch():
    """labels (2, 3, 5) of 4 classes, of which 3 is absent, logits, whole weights."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, (2, 3, 5)).astype("uint8")
    labels[0, 0, :2] = 255
    labels[1, 2, 4] = 255
    logits = rng.normal(size=(2, 3, 5, 4))
    weights = rng.integers(0, 4, (2, 3, 5)).astype("float64")
    return SimpleNamespace(labels=labels, logits=logits, weights=weights)
