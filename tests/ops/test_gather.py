"""Entries of each image by their numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import gather

RNG = np.random.default_rng(0)


@pytest.fixture(params=["tensorflow", "other"])
def backend(request, monkeypatch):
    """Run a test with native kernels and with the form of the other backends."""
    monkeypatch.setattr(keras.backend, "backend", lambda: request.param)


@pytest.mark.parametrize("lead", [(), (1,), (3,), (2, 3), (0,)])
@pytest.mark.parametrize("rest", [(), (4,), (2, 3)])
def test_equals_indexing_image_by_image(backend, lead, rest):
    x = RNG.integers(0, 99, (*lead, 5, *rest))
    indices = RNG.integers(0, 5, (*lead, 7))
    y = gather(x, indices)
    assert y.shape == (*lead, 7, *rest)
    for i in np.ndindex(lead):
        np.testing.assert_array_equal(y[i], x[i][indices[i]])


def test_the_gradient_adds_up():
    x = tf.constant(RNG.normal(size=(2, 3, 2)))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = gather(x, [[0, 0, 2], [1, 1, 1]])
    gradient = tf.convert_to_tensor(tape.gradient(y, x))
    np.testing.assert_array_equal(gradient[..., 0], [[2, 0, 1], [0, 3, 0]])


def test_in_a_graph_of_unknown_batch_and_count():
    specs = [tf.TensorSpec((None, 5, 4)), tf.TensorSpec((None, None), "int32")]
    compiled = tf.function(gather, specs)
    for batch in (0, 1, 3):
        x, indices = RNG.normal(size=(batch, 5, 4)), RNG.integers(0, 5, (batch, 2))
        x = x.astype("float32")
        np.testing.assert_array_equal(compiled(x, indices), gather(x, indices))


def test_refuses():
    for x in (np.zeros(3), np.zeros(())):
        with pytest.raises(ValueError, match="static axis 1 .*Received: x.shape"):
            gather(x, np.zeros((2, 2), "int32"))
