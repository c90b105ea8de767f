"""Bilinear and nearest upsampling against loops, Keras, and their gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import lowering, upsample_bilinear, upsample_nearest
from tests.contract import check_linear_gradient, check_rounded_once
from tests.reference import ops as reference

RNG = np.random.default_rng(0)


def test_example_of_the_docstring():
    y = upsample_bilinear(tf.constant([[[[0.0], [4.0]]]]), 2)
    np.testing.assert_array_equal(y[0, ..., 0], [[0, 1, 3, 4]] * 2)


@pytest.mark.parametrize("factor", [1, 2, 3, 8])
@pytest.mark.parametrize("shape", [(2, 3, 5, 3), (1, 1, 4, 1), (0, 2, 3, 2)])
def test_equals_the_oracle(factor, shape):
    x = RNG.normal(size=shape).astype("float32")
    y = upsample_bilinear(tf.constant(x), factor)
    expected = reference.upsample_bilinear(x, factor)
    np.testing.assert_allclose(y, expected, atol=2e-6)


def test_equals_the_layer_of_keras():
    x = RNG.normal(size=(2, 3, 5, 3)).astype("float32")
    theirs = keras.layers.UpSampling2D((4, 4), interpolation="bilinear")
    np.testing.assert_allclose(upsample_bilinear(x, 4), theirs(x), atol=1e-6)


def test_gradient_equals_differences():
    check_linear_gradient(lambda x: upsample_bilinear(x, 4))


def test_bfloat16_is_rounded_once_at_the_end():
    check_rounded_once(lambda x: upsample_bilinear(x, 32))


@pytest.mark.parametrize("factor", [0, -1, 2.0, True])
def test_refuses_a_factor(factor):
    with pytest.raises(ValueError, match=f"factor must .* Received: factor={factor}"):
        upsample_bilinear(tf.zeros((1, 2, 2, 1)), factor)


@pytest.mark.parametrize("form", ["kernels", "portable"])
@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("shape", [(2, 3, 5, 3), (1, 1, 4, 1), (0, 2, 3, 2)])
def test_nearest_repeats_each_pixel(factor, shape, form):
    x = tf.constant(RNG.normal(size=shape).astype("float32"))
    with lowering(form), tf.GradientTape() as tape:
        tape.watch(x)
        y = upsample_nearest(x, factor)
    batch, height, width, channels = shape
    assert y.shape == (batch, height * factor, width * factor, channels)
    for i in range(height * factor):
        for j in range(width * factor):
            np.testing.assert_array_equal(y[:, i, j], x[:, i // factor, j // factor])
    weights = RNG.normal(size=y.shape).astype("float32")
    squares = weights.reshape(batch, height, factor, width, factor, channels)
    gradient = tape.gradient(y, x, weights)
    np.testing.assert_allclose(gradient, squares.sum(axis=(2, 4)), atol=1e-5)


def test_nearest_under_xla_with_its_gradient():
    @tf.function(jit_compile=True)
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = upsample_nearest(x, 2) ** 2
        return tape.gradient(y, x)

    x = tf.constant([[[[1.0], [2.0]]]])
    np.testing.assert_allclose(gradient(x)[0, 0, :, 0], [8, 16])
