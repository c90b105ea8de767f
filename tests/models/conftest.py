"""Fixtures for the tests of networks."""

import keras
import pytest


@pytest.fixture
def float64():
    """Networks built in this test compute in float64, but for the logits."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)
