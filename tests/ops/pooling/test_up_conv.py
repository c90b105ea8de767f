"""The up-convolution against loops, against Keras, and its float64 gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import up_conv_2x2
from tests.reference import ops as reference

RNG = np.random.default_rng(0)


def test_example_of_the_docstring():
    kernel = tf.constant([[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]])
    y = up_conv_2x2(tf.constant([[[[1.0]]]]), kernel)
    np.testing.assert_array_equal(y, [[[[1], [2]], [[3], [4]]]])


@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (1, 1, 1, 1), (0, 2, 3, 4)])
def test_equals_the_oracle(shape):
    x = RNG.normal(size=shape)
    kernel, bias = RNG.normal(size=(2, 2, 3, shape[-1])), RNG.normal(size=3)
    y = up_conv_2x2(tf.constant(x), tf.constant(kernel), tf.constant(bias))
    expected = reference.up_conv_2x2(x, kernel, bias)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)


def test_equals_the_transposed_convolution_of_keras():
    layer = keras.layers.Conv2DTranspose(5, 2, strides=2, bias_initializer="normal")
    x = RNG.normal(size=(2, 3, 4, 6)).astype("float32")
    expected = layer(x)
    y = up_conv_2x2(tf.constant(x), layer.kernel, layer.bias)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)


def test_activation_comes_after_the_bias():
    x, kernel = RNG.normal(size=(1, 2, 3, 4)), RNG.normal(size=(2, 2, 3, 4))
    bias = np.array([-9.0, 0.0, 9.0])
    args = [tf.constant(a) for a in (x, kernel, bias)]
    y = up_conv_2x2(*args, activation=keras.ops.relu)
    expected = np.maximum(reference.up_conv_2x2(x, kernel, bias), 0)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)


def test_gradients_equal_finite_differences():
    x, kernel = RNG.normal(size=(1, 2, 3, 2)), RNG.normal(size=(2, 2, 3, 2))
    bias = RNG.normal(size=3)
    args = [tf.constant(a) for a in (x, kernel, bias)]
    analytic, numeric = tf.test.compute_gradient(up_conv_2x2, args)
    for a, n in zip(analytic, numeric, strict=True):
        np.testing.assert_allclose(a, n, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("shape", [(3, 3, 5, 4), (2, 2, 4, 5)])
def test_refuses_another_kernel(shape):
    with pytest.raises(ValueError, match="kernel must be"):
        up_conv_2x2(tf.zeros((1, 2, 2, 4)), tf.zeros(shape))
