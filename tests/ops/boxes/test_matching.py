"""Labels of anchors and proposals: loops, ties, padding, images without objects."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kseg.ops import make_anchors, match, pairwise_iou
from tests.reference.matching import match as reference

RPN = {"positive": 0.7, "negative": 0.3}
HEAD = {"positive": 0.5, "negative": 0.5, "keep_best": False}
ALL = np.ones(2, bool)


def both(iou, valid, **arguments):
    return [x.numpy() for x in match(np.array(iou), valid, **arguments)]


@pytest.fixture(params=["tensorflow", "other"])
def backend(request, monkeypatch):
    """Run a test with native kernels and with the form of the other backends."""
    monkeypatch.setattr(keras.backend, "backend", lambda: request.param)


def test_example_of_the_docstring():
    index, label = both([[0.8, 0], [0.4, 0.2], [0.1, 0.1]], ALL, **RPN)
    np.testing.assert_array_equal(index, [0, 0, 0])
    np.testing.assert_array_equal(label, [1, 1, 0])
    assert index.dtype == label.dtype == "int32"


@st.composite
def cases(draw):
    """IoU in tenths: ties, values at the bounds, columns of zeros."""
    n, g = draw(st.integers(0, 6)), draw(st.integers(0, 4))
    iou = draw(hnp.arrays("int32", (n, g), elements=st.integers(0, 10))) / 10
    valid = draw(hnp.arrays("bool", g))
    candidates = draw(st.none() | hnp.arrays("bool", n))
    low, negative, positive = sorted(draw(st.tuples(*[st.integers(0, 9)] * 3)))
    return (iou, valid), {
        "positive": (positive + 1) / 10,
        "negative": negative / 10,
        "negative_from": low / 10,
        "keep_best": draw(st.booleans()),
        "candidates": candidates,
    }


@given(cases())
@settings(max_examples=100, deadline=None)
def test_equals_the_oracle(case):
    expected = reference(*case[0], **case[1])
    for a, b in zip(both(*case[0], **case[1]), expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_of_equal_overlaps_the_first_is_taken(backend):
    iou = [[0.2, 0.6, 0.6], [0.5, 0.5, 0.1], [0, 0, 0]]
    index, _ = both(iou, np.ones(3, bool), **HEAD)
    np.testing.assert_array_equal(index, [1, 0, 0])
    index, _ = both(iou, np.array([False, False, True]), **HEAD)
    np.testing.assert_array_equal(index[:2], [2, 2])


def test_bounds_belong_to_the_label_above_them():
    iou = np.array([[0.3, 0.29999, 0.7, 0.69999, 0.9]]).T
    _, label = both(iou, ALL[:1], **RPN)
    np.testing.assert_array_equal(label, [-1, 0, 1, -1, 1])
    _, label = both([[0.5], [0.49999]], ALL[:1], **HEAD)
    np.testing.assert_array_equal(label, [1, 0])


def test_every_anchor_that_ties_for_an_object_is_kept():
    iou = [[0.2, 0], [0.2, 0], [0.1, 0]]
    assert both(iou, ALL, **RPN)[1].tolist() == [1, 1, 0]
    # The second object overlaps none: it does not make all of them its best.
    assert both(iou, ALL, keep_best=False, **RPN)[1].tolist() == [0, 0, 0]


def test_one_kept_for_an_object_may_belong_to_another():
    """As in detectron2: the second object's best anchor overlaps the first one more."""
    index, label = both([[0.6, 0.5], [0.9, 0.1]], ALL, **RPN)
    assert index.tolist() == [0, 0] and label.tolist() == [1, 1]


@pytest.mark.parametrize("negative_from", [0.0, 0.1])
def test_without_objects_all_is_background(negative_from):
    arguments = {**HEAD, "negative_from": negative_from}
    for objects in (0, 3):
        iou = np.ones((2, 4, objects), "float32")
        index, label = both(iou, np.zeros((2, objects)), **arguments)
        np.testing.assert_array_equal(index, np.zeros((2, 4)))
        np.testing.assert_array_equal(label, np.zeros((2, 4)))


def test_backgrounds_that_touch_nothing_can_be_left_out():
    iou = np.array([[0, 0.09, 0.1, 0.49, 0.5]]).T
    _, label = both(iou, ALL[:1], negative_from=0.1, **HEAD)
    np.testing.assert_array_equal(label, [-1, -1, 0, 0, 1])


def test_what_is_no_candidate_is_nobodys_best():
    iou = [[0.6], [0.5], [0.1]]
    _, label = both(iou, ALL[:1], candidates=np.array([0, 1, 1]), **RPN)
    np.testing.assert_array_equal(label, [-1, 1, 0])


def test_nothing_to_match_and_no_images():
    for shape in [(0, 2), (0, 0), (3, 0, 2), (0, 3, 2), (0, 3, 0)]:
        valid = np.ones(shape[:-2] + shape[-1:])
        index, label = both(np.zeros(shape, "float32"), valid, **RPN)
        assert index.shape == label.shape == shape[:-1]


def test_a_row_that_is_not_a_number_is_ignored():
    _, label = both([[np.nan, np.nan], [0.8, 0.1]], ALL, **HEAD)
    assert label.tolist() == [-1, 1]


def test_padding_of_zeros_and_odd_boxes_among_real_anchors():
    """One pixel, no area, beyond the image, larger than the image, then padding."""
    anchors = make_anchors((8, 16), (0.5, 1, 2), 8, (4, 6))
    odd = [(9, 9, 10, 10), (3, 3, 3, 9), (-90, -90, -80, -80), (-5, -5, 50, 70)]
    boxes = np.array([*odd, (0, 0, 0, 0), (0, 0, 0, 0)], "float32")
    valid = np.array([1, 1, 1, 1, 0, 0])
    iou = pairwise_iou(anchors, boxes)
    index, label = both(iou, valid, **RPN)
    expected = reference(iou.numpy(), valid, **RPN)
    np.testing.assert_array_equal(index, expected[0])
    np.testing.assert_array_equal(label, expected[1])
    # What overlaps some anchor has one; nothing else is an object.
    assert set(index[label == 1]) == {0, 3}


@pytest.mark.parametrize("jit_compile", [False, True])
def test_images_of_a_batch_in_a_graph_and_under_xla(jit_compile):
    rng = np.random.default_rng(0)
    iou = rng.integers(0, 11, (3, 9, 4)).astype("float32") / 10
    valid, candidates = rng.random((3, 4)) < 0.6, rng.random((3, 9)) < 0.8
    arguments = {**RPN, "negative_from": 0.2}

    def labels(iou, valid, candidates):
        return match(iou, valid, candidates=candidates, **arguments)

    compiled = tf.function(labels, jit_compile=jit_compile)
    index, label = compiled(iou, valid, candidates)
    for i in range(3):
        expected = reference(iou[i], valid[i], candidates=candidates[i], **arguments)
        np.testing.assert_array_equal(index[i], expected[0])
        np.testing.assert_array_equal(label[i], expected[1])


@pytest.mark.parametrize(
    "bounds",
    [(0.3, 0.7, 0), (0.7, 0.3, 0.4), (0.7, 0.3, -0.1), (0, 0, 0), (np.nan, 0.3, 0)],
)
def test_refuses(bounds):
    positive, negative, low = bounds
    with pytest.raises(ValueError, match="negative_from <= negative <= pos.*Received"):
        match(
            np.zeros((2, 1)),
            ALL[:1],
            positive=positive,
            negative=negative,
            negative_from=low,
        )
