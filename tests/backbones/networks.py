"""Backbones as models, and comparisons, for the tests of this folder."""

import functools

import keras
import numpy as np

from kseg.backbones import BACKBONES


def network(name, shape=(None, None, 3), **kwargs):
    """The backbone as a model from images to its maps; seeded."""
    keras.utils.set_random_seed(0)
    image = keras.Input(shape)
    return keras.Model(image, BACKBONES[name](image, **kwargs))


@functools.cache
def shared(name):
    """One network of each name for all tests, which may set its weights."""
    return network(name)


def randomise(model):
    """Give biases and batch norms values of which each changes the result."""
    rng = np.random.default_rng(1)
    for layer in model.layers:
        for variable in layer.weights:
            if variable.name in ("gamma", "moving_variance"):
                variable.assign(rng.uniform(0.5, 1.5, variable.shape))
            elif variable.name in ("beta", "bias", "moving_mean"):
                variable.assign(rng.normal(0, 0.3, variable.shape))


def images(*shape):
    return np.random.default_rng(2).integers(0, 256, shape).astype("float32")


def run(model, x):
    maps = model(x, training=False)
    return {name: keras.ops.convert_to_numpy(value) for name, value in maps.items()}


def assert_close(found, expected, tolerance=1e-4):
    """Equal up to a share of the largest value; a constant map proves nothing."""
    assert found.shape == expected.shape
    assert np.ptp(expected) > 0
    largest = np.abs(expected).max()
    np.testing.assert_allclose(found / largest, expected / largest, atol=tolerance)
