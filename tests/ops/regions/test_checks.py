"""The arguments that all ways of pooling regions have."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops.regions.checks import as_rows, as_size, check_regions, known_sides


@pytest.mark.parametrize(
    "size, pair", [(7, (7, 7)), ((3, 2), (3, 2)), ([1, 5], (1, 5))]
)
def test_sizes(size, pair):
    assert as_size(size) == pair
    features, boxes = np.zeros((2, 3, 5, 1)), np.zeros((2, 4, 4))
    assert check_regions(features, boxes, size, 0.5) == pair


@pytest.mark.parametrize("size", [0, (3, 0), (3, 2, 1), (2.5, 2), ()])
def test_refuses_a_size(size):
    with pytest.raises(ValueError, match="size must be an int or .*Received"):
        as_size(size)


@pytest.mark.parametrize(
    "features, boxes, scale, message",
    [
        ((3, 5, 1), (2, 4, 4), 1, r"features must be .B, H, W, C.*\(3, 5, 1\)"),
        ((2, 3, 5, 1), (4, 4), 1, r"boxes must be .B, R, 4.*\(4, 4\)"),
        ((2, 3, 5, 1), (2, 4, 3), 1, r"boxes must be .B, R, 4.*\(2, 4, 3\)"),
        ((2, 3, 5, 1), (2, 4, 4), 0, "above 0. Received: 0"),
    ],
)
def test_refuses_regions(features, boxes, scale, message):
    with pytest.raises(ValueError, match=message):
        check_regions(np.zeros(features), np.zeros(boxes), 7, scale)


def test_sides_that_are_known_and_that_are_not():
    assert known_sides(np.zeros((2, 3, 5, 1))) == (3, 5)
    pool = tf.function(known_sides, [tf.TensorSpec((None, None, 5, 1))])
    with pytest.raises(ValueError, match=r"must be known.*\(None, None, 5, 1\)"):
        pool(np.zeros((2, 3, 5, 1)))


def test_boxes_as_rows_keep_their_precision():
    assert as_rows(np.zeros((2, 3, 4), "int32")).shape == (6, 4)
    assert as_rows(np.zeros((2, 3, 4), "float16")).dtype == "float32"
    assert as_rows(np.zeros((2, 3, 4), "float64")).dtype == "float64"
