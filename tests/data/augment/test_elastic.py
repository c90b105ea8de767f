import numpy as np
import pytest
import tensorflow as tf

from kseg.data.augment.elastic import cubic_weights, elastic_field
from tests.reference import augment as reference


@pytest.mark.parametrize("size", [(7, 12), (1, 5), (3, 3)])
def test_equals_the_oracle(size):
    vectors = np.random.default_rng(0).normal(size=(2, 3, 3)).astype(np.float32)
    field = elastic_field(tf.constant(vectors), size)
    assert field.shape == (2, *size)
    np.testing.assert_allclose(field, reference.elastic_field(vectors, size), atol=2e-6)


def test_passes_through_the_vectors():
    vectors = np.random.default_rng(1).normal(size=(2, 3, 3)).astype(np.float32)
    field = elastic_field(tf.constant(vectors), (9, 5))
    np.testing.assert_allclose(field[:, ::4, ::2], vectors, atol=1e-6)


def test_by_hand():
    # Half way between the first two of the points 0, 1, 0, the first repeated:
    # (-1 * 0 + 9 * 0 + 9 * 1 - 1 * 0) / 16.
    weights = cubic_weights(5, 3)
    np.testing.assert_allclose(weights @ [0, 1, 0], [0, 9 / 16, 1, 9 / 16, 0])


@pytest.mark.parametrize(("size", "points"), [(1, 1), (4, 1), (1, 3), (6, 2), (11, 5)])
def test_rows_sum_to_one(size, points):
    weights = cubic_weights(size, points)
    assert weights.shape == (size, points)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)


def test_differentiable_in_the_vectors():
    vectors = tf.Variable(tf.random.stateless_normal((2, 3, 3), (0, 1)))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(elastic_field(vectors, (6, 7)))
    expected = np.outer(cubic_weights(6, 3).sum(0), cubic_weights(7, 3).sum(0))
    np.testing.assert_allclose(tape.gradient(total, vectors)[1], expected, atol=1e-5)
