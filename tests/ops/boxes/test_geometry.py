"""Areas, overlaps and clipping of boxes: counted pixels, properties, odd boxes."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kseg.ops import box_area, clip_boxes, pairwise_ioa, pairwise_iou
from tests.reference import boxes as reference

RNG = np.random.default_rng(0)
# No area, reversed, beyond the image, one pixel, half a pixel.
ODD_ONES = np.array(
    [
        [3, 3, 3, 9],
        [5, 5, 2, 1],
        [-9, -9, -3, -3],
        [2, 4, 3, 5],
        [2, 4, 2.5, 5],
    ],
    "float32",
)


def whole(count):
    """Boxes with corners at pixels of a 12x14 image, some without area."""
    corners = RNG.integers((0, 0), (13, 15), (2, count, 2))
    return np.concatenate([corners.min(0), corners.max(0)], -1).astype("float32")


def finite_boxes(count):
    """Any corners, in any order."""
    numbers = st.floats(-1e4, 1e4, width=32, allow_subnormal=False)
    return hnp.arrays("float32", (count, 4), elements=numbers)


def test_examples_of_the_docstrings():
    np.testing.assert_allclose(
        pairwise_iou([[0.0, 0, 2, 2]], [[1.0, 0, 3, 2]]), [[1 / 3]], rtol=1e-7
    )
    small, large = [[0.0, 0, 2, 2]], [[1.0, 0, 9, 9]]
    assert pairwise_ioa(small, large) == 0.5
    np.testing.assert_allclose(pairwise_ioa(large, small), [[2 / 72]], rtol=1e-7)


def test_overlaps_equal_counted_pixels():
    a, b = whole(15), whole(20)
    np.testing.assert_array_equal(box_area(a), [reference.pixels(p).sum() for p in a])
    iou, ioa = pairwise_iou(a, b), pairwise_ioa(a, b)
    assert 0.2 < np.mean(iou > 0) < 0.8
    np.testing.assert_allclose(iou, reference.pairwise_iou(a, b), rtol=1e-6)
    np.testing.assert_allclose(ioa, reference.pairwise_ioa(a, b), rtol=1e-6)


@given(finite_boxes(3), finite_boxes(2))
@settings(max_examples=40, deadline=None)
def test_iou_is_symmetric_and_between_0_and_1(a, b):
    iou = pairwise_iou(a, b).numpy()
    np.testing.assert_array_equal(iou, pairwise_iou(b, a).numpy().T)
    for overlap in (iou, pairwise_ioa(a, b).numpy()):
        assert (overlap >= 0).all() and (overlap <= 1).all()
    area = box_area(a).numpy()
    itself = np.diag(pairwise_iou(a, a))
    np.testing.assert_array_equal(itself[area > 1e-6], 1)
    np.testing.assert_array_equal(itself[area == 0], 0)


@given(finite_boxes(3))
@settings(max_examples=20, deadline=None)
def test_clipped_boxes_lie_in_the_image_and_stay_when_clipped_again(boxes):
    clipped = clip_boxes(boxes, (7, 90.5)).numpy()
    assert (clipped >= 0).all() and (clipped <= [7, 90.5, 7, 90.5]).all()
    np.testing.assert_array_equal(clip_boxes(clipped, (7, 90.5)), clipped)
    inside = (boxes >= 0) & (boxes <= [7, 90.5, 7, 90.5])
    np.testing.assert_array_equal(clipped[inside], boxes[inside])
    assert (box_area(clipped) <= box_area(boxes)).numpy().all()


def test_boxes_without_area_overlap_nothing():
    image = np.array([[0, 0, 12, 14]], "float32")
    np.testing.assert_array_equal(box_area(ODD_ONES), [0, 0, 36, 1, 0.5])
    iou = pairwise_iou(ODD_ONES, image).numpy()[:, 0]
    np.testing.assert_allclose(iou, np.array([0, 0, 0, 1, 0.5]) / 168, rtol=1e-6)
    np.testing.assert_array_equal(pairwise_ioa(ODD_ONES, image)[:, 0], [0, 0, 0, 1, 1])
    np.testing.assert_array_equal(pairwise_iou(ODD_ONES[:2], ODD_ONES[:2]), 0)
    np.testing.assert_array_equal(box_area(clip_boxes(ODD_ONES[2:3], (12, 14))), 0)


def test_no_boxes():
    none, some = np.zeros((0, 4), "float32"), whole(3)
    assert box_area(none).shape == (0,) and clip_boxes(none, (3, 4)).shape == (0, 4)
    for overlap in (pairwise_iou, pairwise_ioa):
        assert overlap(none, some).shape == (0, 3)
        assert overlap(some, none).shape == (3, 0)
        assert overlap(np.zeros((0, 5, 4), "float32"), some).shape == (0, 5, 3)


def test_one_set_of_anchors_for_each_image_of_a_batch():
    anchors, boxes = whole(5), whole(6).reshape(2, 3, 4)
    iou = pairwise_iou(anchors, boxes)
    assert iou.shape == (2, 5, 3)
    for one, expected in zip(boxes, iou, strict=True):
        np.testing.assert_array_equal(pairwise_iou(anchors, one), expected)


@pytest.mark.parametrize("dtype", ["int32", "float16", "bfloat16", "float32"])
def test_computed_in_float32(dtype):
    """In float16 an area of 300x300 is infinite; in bfloat16 256 + 1 is 256."""
    box = tf.cast([[0, 0, 256, 256]], dtype)
    other = np.array([[1, 0, 257, 256]], "float32")
    assert box_area(box).dtype == clip_boxes(box, (9, 9)).dtype == "float32"
    np.testing.assert_array_equal(box_area(box), [65536])
    np.testing.assert_allclose(pairwise_iou(box, other), [[255 / 257]], rtol=1e-6)


def test_float64_stays():
    a, b = whole(4).astype("float64"), whole(3)
    assert pairwise_iou(a, b).dtype == pairwise_ioa(b, a).dtype == "float64"
    expected = reference.pairwise_iou(a, b)
    np.testing.assert_allclose(pairwise_iou(a, b), expected, rtol=1e-15)


def test_gradients_equal_finite_differences():
    """float64; random corners, so that no step passes another corner."""
    a, b = (np.sort(RNG.uniform(0, 9, (n, 2, 2)), 1).reshape(n, 4) for n in (3, 2))
    for f in (pairwise_iou, pairwise_ioa):
        analytic, numeric = tf.test.compute_gradient(
            f, [tf.constant(a), tf.constant(b)], 1e-5
        )
        assert np.ptp(numeric[0]) > 0.01 and np.ptp(numeric[1]) > 0.01
        for x, y in zip(analytic, numeric, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("overlap", [pairwise_iou, pairwise_ioa])
def test_gradients_of_boxes_without_area_are_finite(overlap):
    a, b = tf.constant(ODD_ONES), tf.zeros((1, 4))
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        y = overlap(a, b)
    for gradient in tape.gradient(y, [a, b]):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_in_a_graph_and_under_xla(jit_compile):
    a, b = whole(7).reshape(1, 7, 4), whole(6).reshape(2, 3, 4)

    def overlaps(a, b):
        a = clip_boxes(a, (9, 10))
        return pairwise_iou(a, b), pairwise_ioa(a, b)

    compiled = tf.function(overlaps, jit_compile=jit_compile)
    for x, y in zip(compiled(a, b), overlaps(a, b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6)


def test_refuses():
    for wrong in (np.zeros((3, 5)), np.zeros(3), 1.0):
        with pytest.raises(ValueError, match=r"are \(\.\.\., 4\).*Received: shape="):
            box_area(wrong)
    for size in ((0, 4), (4, -1), (float("nan"), 4)):
        with pytest.raises(ValueError, match=r"above 0. Received: size="):
            clip_boxes(ODD_ONES, size)
