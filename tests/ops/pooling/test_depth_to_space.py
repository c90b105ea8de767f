"""Depth to space, TensorFlow's kernel and the reshaping form that JAX runs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import depth_to_space
from tests.reference import ops as reference


@pytest.fixture(params=["tensorflow", "other"])
def backend(request, monkeypatch):
    """Run a test with the native kernel and with the form of the other backends."""
    monkeypatch.setattr(keras.backend, "backend", lambda: request.param)
    return request.param


def test_example_of_the_docstring(backend):
    y = depth_to_space(keras.ops.convert_to_tensor([[[[1, 2, 3, 4]]]]), 2)
    np.testing.assert_array_equal(y, [[[[1], [2]], [[3], [4]]]])


@pytest.mark.parametrize(
    "shape, block", [((2, 3, 5, 12), 2), ((1, 1, 4, 9), 3), ((0, 2, 3, 4), 2)]
)
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32", "uint8"])
def test_equals_the_oracle(backend, shape, block, dtype):
    x = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    y = keras.ops.convert_to_numpy(depth_to_space(tf.constant(x), block))
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y, reference.depth_to_space(x, block))


def test_in_a_graph_of_unknown_size(backend):
    x = np.arange(2 * 3 * 5 * 8, dtype="float32").reshape(2, 3, 5, 8)
    spec = tf.TensorSpec((None, None, None, 8), "float32")
    y = tf.function(lambda t: depth_to_space(t, 2), input_signature=[spec])(x)
    np.testing.assert_array_equal(y, reference.depth_to_space(x, 2))


def test_gradient_goes_back_to_where_each_value_came_from(backend):
    x = tf.random.stateless_normal((1, 2, 3, 8), (1, 2), dtype="float64")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = depth_to_space(x, 2)
        loss = tf.reduce_sum(y**3)
    np.testing.assert_allclose(tape.gradient(loss, x), 3 * x**2, rtol=1e-12)


@pytest.mark.parametrize("channels, block", [(6, 2), (4, 1), (4, 0)])
def test_refuses_what_does_not_divide(backend, channels, block):
    with pytest.raises(ValueError, match=f"Received: {channels} channels"):
        depth_to_space(np.zeros((1, 2, 2, channels), "float32"), block)
