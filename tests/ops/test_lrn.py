"""Local response normalisation against loops, TensorFlow's kernel, and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import local_response_normalization
from tests.reference.segnet import local_response_normalization as reference

RNG = np.random.default_rng(0)


def test_example_of_the_docstring():
    x = tf.constant([[[[3.0, 4.0]]]])
    y = local_response_normalization(x, size=5, alpha=0.2, beta=1.0)
    np.testing.assert_allclose(y, [[[[1.5, 2.0]]]], rtol=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("size", [1, 3, 5])
def test_equals_the_oracle(channels, size):
    x = RNG.normal(0, 30, (2, 3, 5, channels))
    y = local_response_normalization(tf.constant(x), size, 0.01, 0.6, 1.5)
    expected = reference(x, size, 0.01, 0.6, 1.5)
    np.testing.assert_allclose(y, expected, rtol=1e-12)


def test_pixels_as_segnet_basic_normalises_them():
    x = RNG.integers(0, 256, (2, 5, 7, 3)).astype("float32")
    y = local_response_normalization(tf.constant(x))
    assert y.dtype == "float32"
    np.testing.assert_allclose(y, reference(x, 5, 1e-4, 0.75, 1.0), rtol=1e-6)
    # TensorFlow's alpha is not divided by the window.
    kernel = tf.nn.local_response_normalization(x, 2, 1.0, 1e-4 / 5, 0.75)
    np.testing.assert_allclose(y, kernel, rtol=1e-6)


@pytest.mark.parametrize("channels", [3, 6])
def test_an_empty_batch(channels):
    y = local_response_normalization(tf.zeros((0, 3, 2, channels)))
    assert y.shape == (0, 3, 2, channels)


def test_half_precision_does_not_overflow():
    x = tf.fill((1, 2, 3, 3), tf.constant(255, "float16"))
    y = local_response_normalization(x)
    assert y.dtype == "float16"
    expected = 255 / (1 + 2e-5 * 3 * 255**2) ** 0.75
    np.testing.assert_allclose(y, np.full(x.shape, expected), rtol=1e-3)


@pytest.mark.parametrize("channels", [3, 6])
def test_gradients_equal_finite_differences(channels):
    x = tf.constant(RNG.normal(0, 3, (1, 2, 3, channels)))

    def norm(x):
        return local_response_normalization(x, 5, 0.1, 0.75)

    (analytic,), (numeric,) = tf.test.compute_gradient(norm, [x])
    np.testing.assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"size": 4}, "size=4"),
        ({"size": -1}, "size=-1"),
        ({"size": 5.0}, "size=5.0"),
        ({"alpha": -1.0}, "alpha=-1.0"),
        ({"bias": 0.0}, "bias=0.0"),
        ({"alpha": float("nan")}, "alpha=nan"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=f"Received: .*{message}"):
        local_response_normalization(keras.ops.zeros((1, 2, 2, 3)), **arguments)
