"""Levels of a pyramid: the table of both roundings, bounds, degenerate boxes."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import assign_levels

RNG = np.random.default_rng(0)
SIDES = [32, 111, 112, 158, 159, 224, 316, 317, 447, 448, 900]


def squares(sides):
    """At an odd place, so that nothing depends on a corner at 0."""
    return np.array([(8, -4, 8 + s, s - 4) for s in sides], "float32")


@pytest.mark.parametrize(
    "rounding, expected",
    [
        ("floor", [2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5]),
        ("round", [2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5]),
    ],
)
def test_squares_as_detectron2_and_as_matterport(rounding, expected):
    levels = assign_levels(squares(SIDES), rounding=rounding)
    assert levels.dtype == "int32"
    np.testing.assert_array_equal(levels, expected)


@pytest.mark.parametrize("rounding", ["floor", "round"])
def test_equals_the_formula(rounding):
    start, sides = RNG.uniform(0, 99, (2, 50, 2)), RNG.lognormal(4, 1, (2, 50, 2))
    boxes = np.concatenate([start, start + sides], -1)
    level = 3 + np.log2(np.sqrt(sides.prod(-1)) / 50)
    expected = np.clip(getattr(np, rounding)(level), 1, 6)
    found = assign_levels(boxes, 1, 6, 50, 3, rounding)
    assert found.shape == (2, 50) and len(np.unique(found)) > 3
    np.testing.assert_array_equal(found, expected)


def test_halves_go_up():
    """56x112, 112x224, 224x448: the logarithm is 2.5, 3.5, 4.5."""
    boxes = np.array([(0, 0, 56 * k, 112 * k) for k in (1, 2, 4)], "float32")
    np.testing.assert_array_equal(assign_levels(boxes, rounding="round"), [3, 4, 5])


def test_odd_boxes_have_a_level():
    odd = [
        (3, 3, 3, 9),
        (9, 9, 2, 2),
        (0, 0, 1, 1),
        (0, 0, 1e9, 1e9),
        (0, 0, np.nan, 9),
    ]
    np.testing.assert_array_equal(assign_levels(odd), [2, 2, 2, 5, 2])
    assert assign_levels(np.zeros((2, 0, 4), "float32")).shape == (2, 0)


def test_a_single_level():
    np.testing.assert_array_equal(assign_levels(squares([8, 900]), 3, 3), [3, 3])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_any_dtype(dtype):
    boxes = tf.constant([(0, 0, 448, 448), (0, 0, 112, 112)], dtype)
    np.testing.assert_array_equal(assign_levels(boxes), [5, 3])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_in_a_graph_and_under_xla(jit_compile):
    compiled = tf.function(assign_levels, jit_compile=jit_compile)
    boxes = squares(SIDES)
    np.testing.assert_array_equal(compiled(boxes), assign_levels(boxes))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"rounding": "ceil"}, "'floor', 'round'.*rounding='ceil'"),
        ({"lowest": 6}, "above highest.*lowest=6, highest=5"),
        ({"canonical_size": 0}, "above 0.*canonical_size=0"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        assign_levels(squares([8]), **arguments)
