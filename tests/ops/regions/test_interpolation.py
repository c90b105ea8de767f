"""Neighbours and weights of places, by hand; rows of maps, against loops."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops.regions.interpolation import (
    clamped_taps,
    gather_bilinear,
    image_of_each,
    round_half_away,
    zero_taps,
)


def as_lists(taps):
    return [(index.numpy()[0].tolist(), weight.numpy()[0]) for index, weight in taps]


def test_clamped_taps_repeat_the_border_and_then_are_0():
    """On four values: inside, at the ends, up to 1 beyond, further, no number."""
    at = tf.constant([[0.25, 3, -0.5, 3.75, -1.5, 4.1, np.nan]])
    (low, of_low), (high, of_high) = as_lists(clamped_taps(at, 4, 1))
    assert low == [0, 3, 0, 3, 0, 0, 0] and high == [1, 3, 1, 3, 1, 1, 1]
    np.testing.assert_allclose(of_low, [0.75, 1, 1, 1, 0, 0, 0])
    np.testing.assert_allclose(of_high, [0.25, 0, 0, 0, 0, 0, 0])


def test_zero_taps_fade_out_beyond_the_border():
    at = tf.constant([[0.25, 3, -0.25, 3.75, -1.5]])
    (low, of_low), (high, of_high) = as_lists(zero_taps(at, 4))
    np.testing.assert_allclose(of_low, [0.75, 1, 0, 0.25, 0])
    np.testing.assert_allclose(of_high, [0.25, 0, 0.75, 0, 0])
    assert (low[:2], high[0], high[2], low[3]) == ([0, 3], 1, 0, 3)


@pytest.mark.parametrize("taps", [clamped_taps, zero_taps])
def test_grids_equal_loops(taps):
    """Two grids of 2 x 3 places, in maps of 3 x 4 and 2 x 5 below each other."""
    rng = np.random.default_rng(0)
    maps = [rng.normal(size=(3, 4, 2)), rng.normal(size=(2, 5, 2))]
    rows, columns = rng.uniform(0, 1, (2, 2)), rng.uniform(0, 3, (2, 3))
    table = np.concatenate([x.reshape(-1, 2) for x in maps])
    for i, one in enumerate(maps):
        options = (1,) if taps is clamped_taps else ()
        of_rows = taps(tf.constant(rows), one.shape[0], *options)
        of_columns = taps(tf.constant(columns), one.shape[1], *options)
        first = np.array([[12 * i]] * 2, "int32")
        grid = gather_bilinear(table, first, one.shape[1], of_rows, of_columns)
        for n, r, c in np.ndindex(2, 2, 3):
            y, x = rows[n, r], columns[n, c]
            top, left = int(y), int(x)
            expected = sum(
                (1 - abs(y - a)) * (1 - abs(x - b)) * one[a, b]
                for a in (top, min(top + 1, one.shape[0] - 1))[: 1 + (top < y)]
                for b in (left, min(left + 1, one.shape[1] - 1))[: 1 + (left < x)]
            )
            np.testing.assert_allclose(grid[n, r, c], expected, rtol=1e-9)


def test_the_image_of_each_region():
    assert image_of_each(1, 5, 7) == 0
    assert image_of_each(3, 2, 10).numpy().ravel().tolist() == [0, 0, 10, 10, 20, 20]


def test_halves_are_rounded_away_from_0():
    rounded = round_half_away(np.array([-1.5, -0.5, 0.4, 0.5, 2.5], "float32"))
    assert rounded.numpy().tolist() == [-2, -1, 0, 1, 3]
