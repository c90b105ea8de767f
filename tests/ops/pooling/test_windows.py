"""2x2 windows: their four pixels, odd sides, and the position that an index names."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops.pooling.windows import at_most_1, masks, phases, to_even

X = np.arange(2 * 4 * 6 * 3, dtype="float32").reshape(2, 4, 6, 3)


def test_phases_are_row_by_row():
    for k, (r, s) in enumerate(np.ndindex(2, 2)):
        np.testing.assert_array_equal(phases(X)[k], X[:, r::2, s::2])


@pytest.mark.parametrize("shape", [(4, 6), (3, 6), (4, 5), (3, 5), (1, 1)])
def test_odd_sides_repeat_their_last_row_or_column(shape):
    """Also where they are not known before the image is."""
    x = X[:, : shape[0], : shape[1]]
    even = [(0, n % 2) for n in shape]
    expected = np.pad(x, [(0, 0), *even, (0, 0)], mode="edge")
    pooled = np.zeros((2, *(-(-n // 2) for n in shape), 3))
    np.testing.assert_array_equal(to_even(tf.constant(x), pooled), expected)
    open_sides = tf.function(to_even, [tf.TensorSpec((None, None, None, 3))] * 2)
    y = open_sides(x, pooled.astype("float32"))
    np.testing.assert_array_equal(y, expected)


def test_masks_of_each_index():
    for k in range(4):
        one = [float(x) for x in masks(tf.constant(float(k)))]
        assert one == [float(i == k) for i in range(4)]


def test_at_most_1():
    assert at_most_1(np.array([0.0, 0.5, 3])).numpy().tolist() == [0, 0.5, 1]
