"""The bilinear deconvolution against Caffe's rule in loops, and its gradient."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import bilinear_deconv, bilinear_profile
from tests.contract import check_linear_gradient, check_rounded_once
from tests.reference import fcn as reference

RNG = np.random.default_rng(0)


def test_example_of_the_docstring():
    y = bilinear_deconv(tf.constant([[[[16.0]]]]), 2)
    expected = [[1, 3, 3, 1], [3, 9, 9, 3], [3, 9, 9, 3], [1, 3, 3, 1]]
    np.testing.assert_array_equal(y[0, ..., 0], expected)


@pytest.mark.parametrize("factor", [2, 8, 16, 32])
@pytest.mark.parametrize("shape", [(2, 3, 5, 3), (1, 1, 4, 1), (0, 2, 3, 2)])
def test_equals_the_deconvolution_of_caffe(factor, shape):
    x = RNG.normal(size=shape).astype("float32")
    y = bilinear_deconv(tf.constant(x), factor)
    expected = reference.bilinear_deconv(x, factor)
    np.testing.assert_allclose(y, expected, atol=3e-6)


@pytest.mark.parametrize("factor", [2, 8, 16, 32])
def test_a_constant_stays_inside_and_fades_at_the_edge(factor):
    y = bilinear_deconv(tf.fill((1, 3, 4, 2), 7.0), factor)
    inside = y[:, factor:-factor, factor:-factor]
    np.testing.assert_allclose(inside, 7.0, rtol=1e-6)
    fade = 7 * bilinear_profile(factor)[:factor]
    np.testing.assert_allclose(y[0, :factor, factor, 0], fade, rtol=1e-5)
    np.testing.assert_allclose(y[0, factor, -factor:, 1], fade[::-1], rtol=1e-5)


def test_gradient_equals_differences():
    check_linear_gradient(lambda x: bilinear_deconv(x, 4))


def test_bfloat16_is_rounded_once_at_the_end():
    check_rounded_once(lambda x: bilinear_deconv(x, 32))


def test_sizes_unknown_while_tracing():
    spec = tf.TensorSpec((None, None, None, 3), "float32")
    traced = tf.function(lambda x: bilinear_deconv(x, 8), input_signature=[spec])
    x = RNG.normal(size=(2, 3, 5, 3)).astype("float32")
    np.testing.assert_allclose(traced(x), bilinear_deconv(x, 8), atol=1e-6)


@pytest.mark.parametrize("factor", [2, 8, 16, 32])
def test_profile_is_the_filler_of_the_release(factor):
    profile = bilinear_profile(factor)
    expected = reference.bilinear_kernel(2 * factor)
    np.testing.assert_allclose(np.outer(profile, profile), expected, rtol=1e-12)
    assert profile.sum() == factor


@pytest.mark.parametrize("factor", [0, 1, 3, 2.0, -2])
def test_refuses_a_factor(factor):
    with pytest.raises(ValueError, match=f"even int >= 2. Received: {factor}"):
        bilinear_deconv(tf.zeros((1, 2, 2, 1)), factor)
