"""kseg.train.schedules: factors worked out by hand, and what all schedules promise."""

import subprocess
import sys

import numpy as np
import pytest

from kseg.train.schedules import constant, cosine, poly, step


def values(factor, *shares):
    return [factor(share) for share in shares]


def test_cosine_by_hand():
    found = values(cosine(), 0, 1 / 3, 0.5, 2 / 3, 1)
    np.testing.assert_allclose(found, [1, 0.75, 0.5, 0.25, 0], atol=1e-12)


def test_cosine_warms_up_along_a_line_and_never_starts_at_zero():
    found = values(cosine(warmup=0.25), 0, 0.125, 0.25, 0.625, 1)
    np.testing.assert_allclose(found, [0.01, 0.5, 1, 0.5, 0], atol=1e-12)


def test_poly_by_hand():
    np.testing.assert_allclose(values(poly(2), 0, 0.5, 0.9, 1), [1, 0.25, 0.01, 0])
    # 0.5 ** 0.9 by logarithms: exp(-0.9 * 0.693147) = exp(-0.623832)
    np.testing.assert_allclose(poly()(0.5), 0.535887, atol=1e-6)


def test_step_falls_where_it_is_told():
    found = values(step(at=(0.5, 0.75), factor=0.2), 0, 0.4999, 0.5, 0.7499, 0.75, 1)
    np.testing.assert_allclose(found, [1, 1, 0.2, 0.2, 0.04, 0.04])
    assert step(at=[0.3])(0.3) == 0.1


def test_step_warms_up_along_a_line():
    found = values(step(at=(0.5,), warmup=0.25), 0, 0.125, 0.25, 0.4999, 0.5)
    np.testing.assert_allclose(found, [0.01, 0.5, 1, 1, 0.1])


def test_constant_is_one():
    assert values(constant(), 0, 0.5, 1) == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "factor",
    [
        cosine(),
        cosine(0.3),
        poly(),
        poly(3),
        step((0.2, 0.9)),
        step((0.5,), 0.1, 0.2),
        constant(),
    ],
)
def test_a_factor_starts_above_zero_and_falls_from_its_peak(factor):
    found = np.array(values(factor, *np.linspace(0, 1, 101)))
    assert 0 < found[0] <= 1 and found.max() == 1 and found.min() >= 0
    assert (np.diff(found[found.argmax() :]) <= 0).all()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: cosine(warmup=1.0), "warmup=1.0"),
        (lambda: cosine(warmup=-0.1), "warmup=-0.1"),
        (lambda: step(at=(0.5,), warmup=0.5), "less than 0.5.*warmup=0.5"),
        (lambda: poly(power=0), "power=0"),
        (lambda: step(at=()), r"at=\(\)"),
        (lambda: step(at=(0.5, 0.4)), r"at=\(0.5, 0.4\)"),
        (lambda: step(at=(0.5, 1.0)), r"at=\(0.5, 1.0\)"),
        (lambda: step(at=(0.5,), factor=0), "factor=0"),
        (lambda: step(at=(0.5,), factor=2), "factor=2"),
    ],
)
def test_what_is_no_schedule_is_an_error(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_schedules_load_no_library():
    code = (
        "import sys, kseg.train.schedules\n"
        "print([m for m in ('keras', 'tensorflow', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
