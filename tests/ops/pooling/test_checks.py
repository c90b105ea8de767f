"""What is refused before it is pooled or unpooled."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops.pooling.checks import check_rank, check_same_shape, check_size

X = np.zeros((2, 3, 5, 4))


def test_four_axes():
    check_rank(X, "x")
    with pytest.raises(ValueError, match=r"x must be .B, H, W, C.*\(3, 5, 4\)"):
        check_rank(X[0], "x")


def test_an_index_for_each_value():
    check_same_shape(X, X)
    for indices in (X[:, :2], X[0]):
        with pytest.raises(ValueError, match="one index for each value.*Received"):
            check_same_shape(X, indices)


@pytest.mark.parametrize(
    "size, expected",
    [
        (None, None),
        ((6, 10), None),
        ((5, 9), [5, 9]),
        ((np.int64(6), np.int32(9)), [6, 9]),
    ],
)
def test_sizes_that_halve_to_the_map(size, expected):
    """None where nothing is to be cut off."""
    assert check_size(X, size) == expected


@pytest.mark.parametrize("size", [(7, 10), (6, 8), (6,), (6.0, 10), "ab", 6])
def test_refuses_a_size(size):
    with pytest.raises(ValueError, match="Received: size="):
        check_size(X, size)


def test_a_size_that_is_not_known_yet():
    sizes = []
    trace = tf.function(
        lambda n: sizes.append(check_size(X, (n[0], n[1]))),
        [tf.TensorSpec((2,), "int32")],
    )
    trace(np.array([5, 10], "int32"))
    assert len(sizes[0]) == 2 and all(tf.is_tensor(n) for n in sizes[0])
