"""Non-maximum suppression in its forms: loops, ties, odd boxes, classes, TFLite."""

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kseg.ops import gather, lowering, non_max_suppression
from tests.convert import as_tflite
from tests.reference.nms import non_max_suppression as reference

RNG = np.random.default_rng(0)


@pytest.fixture(params=["kernels", "portable"])
def form(request):
    with lowering(request.param):
        yield request.param


def crowd(*lead, total=60, size=100):
    """Boxes that overlap a lot, scores that differ, as images of 60 boxes."""
    start = RNG.uniform(0, size, (*lead, total, 2))
    boxes = np.concatenate([start, start + RNG.uniform(9, 60, start.shape)], axis=-1)
    scores = RNG.permutation(boxes[..., 0].size).reshape(boxes.shape[:-1]) + 1
    return boxes.astype("float32"), (scores / scores.size).astype("float32")


def kept(indices, count):
    """The indices that are used; the others must be 0."""
    indices, count = np.asarray(indices), int(count)
    assert indices.dtype == np.int32 and not indices[count:].any()
    return indices[:count].tolist()


def test_example_of_the_docstring(form):
    boxes = np.array([[0, 0, 2, 2], [0, 0, 2, 3], [5, 5, 6, 6]], "float32")
    indices, count = non_max_suppression(boxes, [0.8, 0.9, 0.1], 3, 0.5)
    assert indices.numpy().tolist() == [1, 2, 0] and int(count) == 2


@st.composite
def cases(draw):
    """Corners and scores from few whole numbers: ties, empty and reversed boxes."""
    total = draw(st.integers(0, 7))
    boxes = draw(hnp.arrays("int32", (total, 4), elements=st.integers(0, 4)))
    scores = draw(hnp.arrays("int32", total, elements=st.integers(-2, 4)))
    classes = draw(hnp.arrays("int32", total, elements=st.integers(0, 12)))
    limits = {
        "max_outputs": draw(st.integers(1, 9)),
        # No quotient of two areas: at a tie forms may differ by rounding.
        "iou_threshold": draw(st.sampled_from([0.0, 0.31, 0.52, 0.77])),
        "score_threshold": draw(st.sampled_from([-math.inf, -1.0, 0.0, 2.0])),
        "classes": draw(st.sampled_from([None, classes])),
    }
    return boxes.astype("float32"), scores.astype("float32"), limits


@pytest.mark.parametrize("name", ["kernels", "portable"])
@given(cases())
@settings(max_examples=60, deadline=None)
def test_equals_the_oracle(name, case):
    boxes, scores, limits = case
    with lowering(name):
        found = kept(*non_max_suppression(boxes, scores, **limits))
    assert found == reference(boxes, scores, **limits)


@pytest.mark.parametrize("classes", [None, 80])
def test_images_of_a_batch_and_further_axes(form, classes):
    boxes, scores = crowd(2, 3)
    labels = None if classes is None else RNG.integers(0, classes, scores.shape)
    indices, count = non_max_suppression(boxes, scores, 20, 0.3, 0.2, labels)
    assert indices.shape == (2, 3, 20) and count.shape == (2, 3)
    for i in np.ndindex(2, 3):
        of_one = None if labels is None else labels[i]
        expected = reference(boxes[i], scores[i], 20, 0.3, 0.2, of_one)
        assert kept(indices[i], count[i]) == expected
    taken = gather(boxes, indices).numpy()
    assert taken.shape == (2, 3, 20, 4)
    np.testing.assert_array_equal(taken[1, 2, 5], boxes[1, 2][indices[1, 2, 5]])


def test_a_tie_with_the_threshold_is_kept(form):
    """Two boxes that share 2 of 6 square pixels."""
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2]], "float32")
    third = float(np.float32(1) / np.float32(3))
    below = float(np.nextafter(np.float32(third), np.float32(0)))
    assert kept(*non_max_suppression(boxes, [2, 1], 2, third)) == [0, 1]
    assert kept(*non_max_suppression(boxes, [2, 1], 2, below)) == [0]


def test_of_equal_scores_the_first_wins(form):
    boxes, _ = crowd()
    scores = np.repeat([1.0, 0.5, 0.5], 20)
    expected = reference(boxes, scores, 60, 0.2)
    assert kept(*non_max_suppression(boxes, scores, 60, 0.2)) == expected


def test_boxes_without_area_or_numbers_are_never_kept(form):
    whole = [3, 4, 8, 9]
    odd = [
        *([5, 5, 5, 9], [5, 5, 9, 5], [9, 9, 5, 5], [0, 0, 0, 0]),
        *([math.nan, 0, 9, 9], [0, 0, math.inf, 9], [-math.inf, 0, 9, 9]),
    ]
    boxes = np.array([*odd, whole, [0, 0, 1, 1]], "float32")
    scores = np.array([9] * len(odd) + [1, math.nan])
    for classes in (None, np.arange(len(boxes))):
        found = non_max_suppression(boxes, scores, 4, 0.5, classes=classes)
        assert kept(*found) == [len(odd)]


def test_classes_never_suppress_each_other_wherever_boxes_lie(form):
    """One box per class, all in the same place, negative coordinates among them."""
    boxes = np.tile(np.array([-900, -700, 100, 300], "float32"), (50, 1))
    scores = np.linspace(1, 0.5, 50)
    found = non_max_suppression(boxes, scores, 60, 0.0, classes=np.arange(50))
    assert kept(*found) == list(range(50))
    found = non_max_suppression(boxes, scores, 60, 0.9, classes=np.arange(50) // 2)
    assert kept(*found) == list(range(0, 50, 2))


def test_nothing_to_keep(form):
    for lead in [(), (0,), (2,), (0, 3)]:
        for total in (0, 4):
            boxes, scores = np.zeros((*lead, total, 4)), np.ones((*lead, total))
            classes = np.zeros((*lead, total), "int32")
            found = non_max_suppression(boxes, scores, 3, 0.5, classes=classes)
            assert found[0].shape == (*lead, 3) and found[1].shape == lead
            assert not np.any(found[0]) and not np.any(found[1])
    boxes, scores = crowd()
    assert kept(*non_max_suppression(boxes, scores, 5, 0.5, 1.0)) == []


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_computed_in_float32(form, dtype):
    boxes, scores = (tf.cast(x, dtype) for x in crowd())
    found = kept(*non_max_suppression(boxes, scores, 60, 0.31))
    exact = [tf.cast(x, "float32").numpy() for x in (boxes, scores)]
    assert found == reference(*exact, 60, 0.31)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_in_a_graph_and_under_xla(jit_compile):
    boxes, scores = crowd(3)
    classes = RNG.integers(0, 3, scores.shape)

    def f(boxes, scores):
        with tf.GradientTape() as tape:
            tape.watch([boxes, scores])
            indices, count = non_max_suppression(boxes, scores, 30, 0.4, 0.1, classes)
        assert tape.gradient(indices, [boxes, scores]) == [None, None]
        return indices, count

    indices, count = tf.function(f, jit_compile=jit_compile)(
        *map(tf.constant, (boxes, scores))
    )
    for i in range(3):
        expected = reference(boxes[i], scores[i], 30, 0.4, 0.1, classes[i])
        assert kept(indices[i], count[i]) == expected


def test_in_a_graph_of_unknown_batch(form):
    specs = [tf.TensorSpec((None, 60, 4)), tf.TensorSpec((None, 60))]
    compiled = tf.function(lambda *given: non_max_suppression(*given, 9, 0.5), specs)
    for batch in (0, 1, 2):
        boxes, scores = crowd(batch)
        expected = non_max_suppression(boxes, scores, 9, 0.5)
        for a, b in zip(compiled(boxes, scores), expected, strict=True):
            np.testing.assert_array_equal(a, b)


def propose(boxes, scores, classes):
    """The tail of a proposal network: the best by score, suppressed, in their order."""
    best, order = tf.math.top_k(scores, 40)
    boxes, classes = gather(boxes, order), gather(classes, order)
    indices, count = non_max_suppression(boxes, best, 12, 1 / 3, 0.2, classes)
    used = tf.cast(tf.range(12)[None] < count[:, None], "float32")
    return {
        "boxes": gather(boxes, indices) * used[..., None],
        "scores": gather(best, indices) * used,
        "count": count,
    }


def test_converts_to_builtins(tmp_path):
    boxes, scores = crowd(1)
    # TFLite's kernel alone would keep the empty box many times over, and suppress the
    # second of two that overlap by exactly a third.
    boxes[0, :3] = [[5, 5, 5, 9], [500, 0, 502, 2], [501, 0, 503, 2]]
    scores[0, :3] = [3, 2.5, 2]
    classes = RNG.integers(0, 3, scores.shape).astype("int32")
    classes[0, :3] = 1
    spec = tf.TensorSpec(classes.shape, "int32")
    run = as_tflite(
        propose, tmp_path, boxes=boxes.shape, scores=scores.shape, classes=spec
    )
    for shift in (0, 0.95):  # With the second few scores are above the threshold.
        given = {"boxes": boxes, "scores": scores - shift, "classes": classes}
        found, expected = run(**given), propose(**given)
        assert 2 <= int(found["count"][0]) and set(found) == set(expected)
        for name, value in found.items():
            np.testing.assert_array_equal(value, expected[name])
        np.testing.assert_array_equal(found["boxes"][0, :2], boxes[0, 1:3])


def test_refuses():
    boxes, scores = crowd()
    for wrong, message in [
        ({"max_outputs": 0}, "max_outputs must be an int from 1.*Received: 0"),
        ({"max_outputs": 2.0}, "max_outputs must be an int from 1.*Received: 2.0"),
        ({"iou_threshold": 1}, r"iou_threshold must be in \[0, 1\).*Received: 1"),
        ({"iou_threshold": math.nan}, "iou_threshold must be in.*Received: nan"),
        ({"scores": scores[None]}, "Expected boxes .*Received"),
        ({"boxes": boxes[:, :3]}, "Boxes are .*Received"),
    ]:
        limits = {"max_outputs": 3, "iou_threshold": 0.5}
        with pytest.raises(ValueError, match=message):
            non_max_suppression(**{"boxes": boxes, "scores": scores, **limits, **wrong})
