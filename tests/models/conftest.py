"""Fixtures for the tests of networks."""

import keras
import pytest

from kseg.backbones import vgg


@pytest.fixture
def float64():
    """Networks built in this test compute in float64, but for the logits."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)


@pytest.fixture
def narrow(monkeypatch):
    """The blocks of VGG-16 are single convolutions of 4 to 12 filters."""
    monkeypatch.setattr(vgg, "VGG16", ((4, 1), (6, 1), (8, 1), (12, 1), (12, 1)))
