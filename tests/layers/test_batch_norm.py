"""BatchNorm: the layer contract, and Keras's own layer step by step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import BatchNorm
from tests.contract import check_layer

RNG = np.random.default_rng(0)


def test_contract(tmp_path):
    check_layer(BatchNorm, (2, 3, 5, 4), (2, 3, 5, 4), tmp_path)


def steps(layer, batches, upstream):
    """Outputs and gradients of training steps, then the moving statistics."""
    found = []
    for x in batches:
        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            loss = tf.reduce_sum(tf.cast(y, upstream.dtype) * upstream)
        found += [y, *tape.gradient(loss, [x, *layer.trainable_variables])]
    return [np.asarray(a, "float64") for a in (*found, *layer.get_weights())]


@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (1, 1, 7, 2)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_trains_as_the_layer_of_keras(shape, dtype):
    batches = RNG.normal(3, 2, (3, *shape)).astype(dtype)
    upstream = RNG.normal(size=shape).astype(dtype)
    theirs = keras.layers.BatchNormalization(momentum=0.8, dtype=dtype)
    ours = BatchNorm(momentum=0.8, dtype=dtype)
    expected = steps(theirs, batches, upstream)
    for a, b in zip(steps(ours, batches, upstream), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_statistics_are_float32_under_mixed_precision():
    # In bfloat16, whose steps are 2 from 256 on, this mean could not be held.
    x = 300 + RNG.integers(-8, 9, (2, 16, 16, 3)).astype("float32")
    layer = BatchNorm(momentum=0.0, dtype="mixed_bfloat16")
    y = layer(tf.constant(x, "bfloat16"), training=True)
    assert y.dtype == "bfloat16"
    seen = np.asarray(tf.cast(tf.constant(x, "bfloat16"), "float32"))
    mean, variance = layer.get_weights()[2:]
    np.testing.assert_allclose(mean, seen.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(variance, seen.var((0, 1, 2)), rtol=1e-3)


def test_a_frozen_layer_keeps_its_statistics():
    layer = BatchNorm()
    x = RNG.normal(5, 1, (2, 4, 4, 3)).astype("float32")
    layer.build(x.shape)
    layer.trainable = False
    y = layer(x, training=True)
    np.testing.assert_allclose(y, x / np.sqrt(1.001), rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean, 0)


def test_compiles_under_xla():
    layer = BatchNorm()
    x = RNG.normal(size=(2, 4, 6, 3)).astype("float32")
    expected = layer(x, training=True)
    compiled = tf.function(lambda t: layer(t, training=True), jit_compile=True)
    np.testing.assert_allclose(compiled(x), expected, rtol=1e-4, atol=1e-5)
