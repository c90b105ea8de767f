"""As many samples in a bin as it has pixels: vectors, loops, gradients, no boxes.

The forms of a fixed number are held to one oracle in test_roi_align.py.
"""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import lowering, pyramid_roi_align, roi_align
from tests.reference import regions as reference
from tests.reference.regions import odd_boxes, ramp, values

RNG = np.random.default_rng(0)
SHAPE = (9, 13, 2)
SCALE, SIZE = 1 / 4, (3, 2)
STRIDES = (4, 8, 16, 32)
# detectron2's own test: values 0 to 24 in rows of 5, box (1, 1, 3, 3).
ALIGNED = np.add.outer([4.5, 7, 9.5, 12], [0, 0.5, 1, 1.5])


def pyramid(batch=2):
    return [values(batch, *n, 3) for n in ((12, 16), (6, 8), (3, 4), (2, 2))]


@pytest.mark.parametrize("aligned", [True, False])
def test_vectors_of_detectron2_with_its_own_number_of_samples(aligned):
    box = np.array([[[1, 1, 3, 3]]], "float32")
    pooled = roi_align(ramp(), box, 1.0, 4, samples=None, aligned=aligned)
    expected = ALIGNED + (0 if aligned else 3)
    np.testing.assert_allclose(pooled[0, ..., 0], expected, rtol=1e-6)


def test_as_many_samples_as_a_bin_has_pixels_by_hand():
    """2.5 by 1.5 pixels: rows at 5/12, 15/12, 25/12, columns at 3/8 and 9/8; on a map
    of y**2 by x, whose bilinear values are exact along x."""
    x = np.add.outer(np.arange(5.0) ** 2, np.arange(4.0))[None, ..., None]
    box = np.array([[[0.5, 0.5, 3, 2]]], "float32")
    pooled = roi_align(x.astype("float32"), box, 1.0, 1, samples=None)
    rows = np.interp([5 / 12, 15 / 12, 25 / 12], np.arange(5), np.arange(5) ** 2)
    np.testing.assert_allclose(pooled, rows.mean() + 0.75, rtol=1e-6)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("size", [(3, 2), (1, 5)])
def test_adaptive_samples_equal_the_oracle_forward_and_backward(size, aligned):
    """torchvision's rule; most of these boxes have from 1 to 11 samples in a bin."""
    x, boxes = values(*SHAPE), odd_boxes(200)
    upstream = values(200, *size, SHAPE[-1], seed=1)
    arguments = (SCALE, size, None, aligned)
    with tf.GradientTape() as tape:
        t = tf.constant(x[None])
        tape.watch(t)
        pooled = roi_align(t, boxes[None], *arguments)
    expected = reference.roi_align(x, boxes, *arguments)
    assert np.count_nonzero(expected) > expected.size / 5
    np.testing.assert_allclose(pooled, expected, atol=1e-5)
    assert not np.allclose(expected, reference.roi_align(x, boxes, SCALE, size))
    gradient = tape.gradient(pooled, t, upstream)[0]
    expected = reference.roi_align_gradient(upstream, SHAPE, boxes, *arguments)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-4)


def test_adaptive_samples_in_a_pyramid_in_chunks_and_in_a_graph():
    features, levels = pyramid(), RNG.integers(0, 4, (2, 11))
    boxes = odd_boxes(22).reshape(2, 11, 4)
    pool = tf.function(
        lambda *features: pyramid_roi_align(
            features, boxes, levels, STRIDES, SIZE, None, chunk=4
        ),
        [tf.TensorSpec((None, None, None, 3))] * 4,
    )
    pooled = pool(*features).numpy().reshape(2, 11, *SIZE, 3)
    for i, r in np.ndindex(2, 11):
        k = levels[i, r]
        expected = reference.roi_align(
            features[k][i], boxes[i, r][None], 1 / STRIDES[k], SIZE, None
        )[0]
        np.testing.assert_allclose(pooled[i, r], expected, atol=1e-5)


def test_adaptive_samples_of_nothing():
    boxes = np.zeros((2, 0, 4), "float32")
    pooled = roi_align(values(2, *SHAPE), boxes, 1.0, SIZE, None)
    assert pooled.shape == (0, *SIZE, 2)
    assert roi_align(values(0, *SHAPE), boxes[:0], 1.0, 3, None).shape == (0, 3, 3, 2)
    # Without area, turned round, of no numbers, far too large: torchvision's rule gives
    # no samples to the first two.
    wrong = [(3, 3, 3, 5), (4, 4, 2, 2), (1, 1, np.nan, 3), (0, 0, 1e9, 1e9)]
    pooled = roi_align(ramp(), np.array([wrong], "float32"), 1.0, 2, samples=None)
    assert not pooled.numpy().any()


def test_adaptive_gradient_equals_finite_differences():
    boxes = np.array([[[0.5, 2, 9, 11], [-6, 4, 3, 25]]])
    x = tf.constant(RNG.normal(size=(1, 3, 4, 1)))
    analytic, numeric = tf.test.compute_gradient(
        lambda x: roi_align(x, boxes, SCALE, (2, 1), None), [x]
    )
    assert numeric[0].dtype == "float64" and np.ptp(numeric[0]) > 0.1
    np.testing.assert_allclose(analytic[0], numeric[0], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("form", ["portable", "tflite"])
def test_adaptive_samples_need_shapes_that_depend_on_boxes(form):
    with lowering(form), pytest.raises(ValueError, match="form '.*samples=2"):
        roi_align(ramp(), np.zeros((1, 1, 4), "float32"), 1.0, 2, samples=None)
    compiled = tf.function(
        lambda x: roi_align(x, np.zeros((1, 1, 4), "float32"), 1.0, 2, None),
        jit_compile=True,
    )
    with pytest.raises(ValueError, match="Received: form 'portable'"):
        compiled(ramp())
