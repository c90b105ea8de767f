"""Checks of arguments: what passes, and what is named."""

import numpy as np
import pytest

from kseg.checks import (
    check_above_0,
    check_at_least_0,
    check_choice,
    check_image_shape,
    check_magnifications,
    check_share,
    check_whole,
    check_whole_pairs,
)


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "1", None, np.float32(2)])
def test_whole(value):
    check_whole(a=1, b=7)
    with pytest.raises(ValueError, match="b must be an int of .* Received: b="):
        check_whole(a=1, b=value)


@pytest.mark.parametrize("value", [5, (1,), (1, 2, 3), None, (0, 1), (1, 2.0)])
def test_whole_pairs(value):
    check_whole_pairs(a=(1, 2), b=[7, 7])
    with pytest.raises(ValueError, match=r"b(\[.\])? must be .* Received: b(\[.\])?="):
        check_whole_pairs(a=(1, 2), b=value)


@pytest.mark.parametrize("value", [-0.1, 1, 1.5, "a", None, np.nan, (0.5,)])
def test_share(value):
    check_share(a=0, b=0.999, c=np.float32(0.5))
    with pytest.raises(ValueError, match=r"in \[0, 1\). Received: rate="):
        check_share(rate=value)


@pytest.mark.parametrize("value", [0, -1e-3, "a", None, np.nan, np.inf])
def test_above_0(value):
    check_above_0(a=1e-9, b=3, c=np.float64(0.5))
    with pytest.raises(ValueError, match="number above 0. Received: epsilon="):
        check_above_0(epsilon=value)


@pytest.mark.parametrize("value", [-1e-9, "a", None, np.nan, np.inf])
def test_at_least_0(value):
    check_at_least_0(a=0, b=3, c=np.float64(0.5), d=False)
    with pytest.raises(ValueError, match="number of at least 0. Received: noise="):
        check_at_least_0(noise=value)


@pytest.mark.parametrize("value", [(0, 1), (2, 1), (1,), (1, np.inf), (np.nan, 1)])
def test_magnifications(value):
    check_magnifications(a=(0.1, 2), b=(1, 1))
    with pytest.raises(ValueError, match=r"such as \(0.5, 2.0\). Received: scale="):
        check_magnifications(scale=value)


def test_choice():
    check_choice("kind", None, ("a", None))
    with pytest.raises(ValueError, match="one of 'a', None. Received: kind='b'"):
        check_choice("kind", "b", ("a", None))


@pytest.mark.parametrize("shape", [(8, 8), (0, 8, 3), (8, 8, None), 8, (8, "8", 3)])
def test_image_shape(shape):
    check_image_shape((8, 9, 1), may_be_open=False)
    check_image_shape((None, 9, 1), may_be_open=True)
    for shape_given in (shape, (None, 8, 3)):
        with pytest.raises(ValueError, match="Received: input_shape="):
            check_image_shape(shape_given, may_be_open=False)


def test_image_shape_of_multiples():
    check_image_shape((64, 96, 3), may_be_open=False, multiple=32)
    check_image_shape((None, 96, 3), may_be_open=True, multiple=32)
    with pytest.raises(ValueError, match=r"multiples of 32.*\(64, 100, 3\)"):
        check_image_shape((64, 100, 3), may_be_open=False, multiple=32)
