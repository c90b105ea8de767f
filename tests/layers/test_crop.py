"""Crop: windows by hand, files, open sizes, and windows that do not fit."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import Crop

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 6, 9, 3)).astype("float32")
LIKE = np.zeros((2, 4, 5, 1), "float32")


@pytest.mark.parametrize("offset", [0, 2])
def test_takes_the_window(offset):
    y = Crop(offset)([X, LIKE])
    np.testing.assert_array_equal(y, X[:, offset : offset + 4, offset : offset + 5])


def test_by_hand():
    x = np.arange(12.0).reshape(1, 3, 4, 1)
    y = Crop(1)([x, np.zeros((1, 2, 1, 7))])
    np.testing.assert_array_equal(y[0, ..., 0], [[5], [9]])


def test_an_empty_batch_and_a_gradient():
    assert Crop(1)([X[:0], LIKE[:0]]).shape == (0, 4, 5, 3)
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(Crop(2)([x, LIKE]))
    expected = np.zeros_like(X)
    expected[:, 2:6, 2:7] = 1
    np.testing.assert_array_equal(tape.gradient(y, x), expected)


def test_open_sizes_and_a_file(tmp_path):
    inputs = [keras.Input((None, None, 3)), keras.Input((None, None, 1))]
    model = keras.Model(inputs, Crop(2)(inputs))
    assert model.output_shape == (None, None, None, 3)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded([X, LIKE]), Crop(2)([X, LIKE]))
    traced = tf.function(loaded, autograph=False)
    np.testing.assert_array_equal(traced([X, LIKE]), Crop(2)([X, LIKE]))


def test_mixed_precision():
    assert Crop(2, dtype="mixed_bfloat16")([X, LIKE]).dtype == "bfloat16"


@pytest.mark.parametrize(
    "offset, message", [(3, "height must be at least 7.*Received: 6"), (5, "height")]
)
def test_a_window_must_fit(offset, message):
    with pytest.raises(ValueError, match=message):
        Crop(offset)([X, LIKE])
    with pytest.raises(ValueError, match="width must be at least 7.*Received: 6"):
        Crop(2)([X.transpose(0, 2, 1, 3), LIKE])


@pytest.mark.parametrize("offset", [-1, 1.0])
def test_refuses_an_offset(offset):
    with pytest.raises(ValueError, match=f"Received: {offset}"):
        Crop(offset)
