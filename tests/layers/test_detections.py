"""From logits and deltas to detections: by hand, loops, two rounds, TFLite."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import ClassScores, DecodeBoxes, MasksOfClass, SelectDetections
from tests.convert import as_tflite
from tests.reference import detections as reference

RNG = np.random.default_rng(0)
SIZE = (37, 53)
FCIS = {"weights": (5.0, 5.0, 2.0, 2.0), "means": (0.1, 0.0, -0.2, 0.3)}


def regions(batch, count):
    """With area, in and around an image of SIZE."""
    start = RNG.uniform(-5, 40, (batch, count, 2))
    sides = RNG.uniform(2, 25, (batch, count, 2))
    return np.concatenate([start, start + sides], axis=-1).astype("float32")


def given(batch=2, count=9, classes=3, of_boxes=None):
    """Logits, deltas, regions, and which of these exist."""
    exists = np.ones((batch, count), "float32")
    exists[:, -2:] = 0
    return (
        RNG.normal(0, 2, (batch * count, classes + 1)).astype("float32"),
        RNG.normal(0, 1, (batch * count, of_boxes or classes, 4)).astype("float32"),
        regions(batch, count),
        exists,
    )


def detect(logits, deltas, boxes, exists, *, coding=None, **selection):
    """The three layers, one after the other."""
    scores = ClassScores()(logits, exists)
    boxes = DecodeBoxes(SIZE, **(coding or {}))(deltas, boxes)
    return SelectDetections(**selection)(boxes, scores)


def check(found, boxes, scores, count, *thresholds):
    """Detections of each image against the oracle, of boxes (B, R, ., 4)."""
    found_boxes, found_scores, classes, used, index = (np.asarray(x) for x in found)
    for i in range(len(scores)):
        expected = reference.select(boxes[i], scores[i], count, *thresholds)
        n = used[i]
        assert n == len(expected)
        for d, (score, kind, region, box) in enumerate(expected):
            assert (classes[i, d], index[i, d]) == (kind, region)
            np.testing.assert_allclose(found_scores[i, d], score, rtol=1e-5)
            np.testing.assert_allclose(found_boxes[i, d], box, atol=1e-4)
        for rest in (found_boxes, found_scores, classes, index):
            assert not rest[i, n:].any()
    return used


def test_by_hand():
    """Per class; by threshold; a proposal that does not exist gives none."""
    proposals = np.array([[[0, 0, 10, 10], [0, 0, 10, 9], [5, 5, 9, 9]]], "f4")
    logits = np.log([[0.1, 0.6, 0.3], [0.3, 0.5, 0.2], [0.01, 0.98, 0.01]])
    deltas = np.zeros((3, 2, 4), "f4")
    deltas[0, 1] = [10, 0, 0, 0]  # class 2 lies its height below
    exists = np.array([[1, 1, 0]], "f4")
    boxes, scores, classes, count, index = detect(
        logits, deltas, proposals, exists, count=4, score_threshold=0.2
    )
    assert count.numpy() == [2] and classes.numpy().tolist() == [[1, 2, 0, 0]]
    np.testing.assert_allclose(scores, [[0.6, 0.3, 0, 0]], rtol=1e-5)
    np.testing.assert_allclose(
        boxes[0, :2], [[0, 0, 10, 10], [10, 0, 20, 10]], atol=1e-4
    )
    assert not boxes[0, 2:].numpy().any() and not index.numpy().any()


@pytest.mark.parametrize("classes, of_boxes", [(3, 3), (3, 1), (1, 1)])
@pytest.mark.parametrize("coding", [{}, FCIS])
def test_equal_the_oracles(classes, of_boxes, coding):
    """Boxes of each class and of any; coded as Mask R-CNN's and as FCIS's."""
    logits, deltas, boxes, exists = given(3, 11, classes, of_boxes)
    scores = np.stack(
        [
            reference.class_scores(x, e)
            for x, e in zip(logits.reshape(3, 11, -1), exists, strict=True)
        ]
    )
    coded = {
        "weights": coding.get("weights", (10, 10, 5, 5)),
        "means": coding.get("means", (0, 0, 0, 0)),
    }
    moved = np.stack(
        [
            reference.class_boxes(d, b, SIZE, **coded)
            for d, b in zip(deltas.reshape(3, 11, of_boxes, 4), boxes, strict=True)
        ]
    )
    np.testing.assert_allclose(ClassScores()(logits, exists), scores, atol=1e-6)
    np.testing.assert_allclose(
        DecodeBoxes(SIZE, **coding)(deltas, boxes), moved, rtol=1e-4, atol=1e-4
    )
    limits = dict(count=7, score_threshold=0.15, iou_threshold=0.3)
    found = detect(logits, deltas, boxes, exists, coding=coding, **limits)
    used = check(found, moved, scores, 7, 0.15, 0.3)
    assert 0 < used.min()


def test_two_rounds_are_put_together_before_the_selection():
    """As in MNC and FCIS: the regions of both compete."""
    rounds = [given(2, 6), given(2, 5)]
    scores = [ClassScores()(x[0], x[3]) for x in rounds]
    boxes = [DecodeBoxes(SIZE)(x[1], x[2]) for x in rounds]
    scores, boxes = (np.concatenate(x, axis=1) for x in (scores, boxes))
    found = SelectDetections(20, 0.05, 0.3)(boxes, scores)
    check(found, boxes, scores, 20, 0.05, 0.3)
    index = found[4].numpy()
    assert index.max() > 5 and 0 < np.count_nonzero((index > 0) & (index < 6))


@pytest.mark.parametrize("batch", [0, 1])
def test_images_without_detections(batch):
    found = detect(*given(batch, 4), count=3, score_threshold=0.999)
    assert found[0].shape == (batch, 3, 4) and found[4].shape == (batch, 3)
    assert not any(np.asarray(x).any() for x in found)


def test_boxes_have_a_gradient_equal_to_finite_differences():
    """Through the deltas and the regions: MNC's later stages need both."""
    _, deltas, boxes, _ = given(1, 4, 2)
    decode = DecodeBoxes(SIZE, **FCIS, dtype="float64")
    given_ = [tf.constant(x.astype("float64")) for x in (deltas, boxes)]
    analytic, numeric = tf.test.compute_gradient(
        lambda d, b: decode(d, b), given_, delta=1e-4
    )
    assert decode(*given_).dtype == "float64"
    for a, n in zip(analytic, numeric, strict=True):
        assert np.ptp(n) > 0.1
        np.testing.assert_allclose(a, n, rtol=1e-5, atol=1e-6)


def test_in_a_file_and_by_their_shapes(tmp_path):
    logits, deltas, boxes, exists = given(2, 9, 3, 1)
    named = [keras.Input(x.shape[1:]) for x in (logits, deltas, boxes, exists)]
    outputs = detect(*named, coding=FCIS, count=5, score_threshold=0.1)
    shapes = [x.shape for x in outputs]
    assert shapes == [(None, 5, 4), (None, 5), (None, 5), (None,), (None, 5)]
    assert [x.dtype for x in outputs[2:]] == ["int32"] * 3
    model = keras.Model(named, outputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    # Rows of logits are regions, not images: so not by ``predict``.
    tensors = [tf.constant(x) for x in (logits, deltas, boxes, exists)]
    for a, b in zip(loaded(tensors), model(tensors), strict=True):
        np.testing.assert_array_equal(a, b)


def test_mixed_precision_leaves_boxes_and_scores_exact():
    logits, deltas, boxes, exists = given()
    half = {"dtype": "mixed_bfloat16"}
    np.testing.assert_array_equal(
        ClassScores(**half)(logits, exists), ClassScores()(logits, exists)
    )
    np.testing.assert_array_equal(
        DecodeBoxes(SIZE, **half)(deltas, boxes), DecodeBoxes(SIZE)(deltas, boxes)
    )


@pytest.mark.parametrize("of_boxes", [3, 1])
def test_converts_to_builtins(of_boxes, tmp_path):
    logits, deltas, boxes, exists = given(1, 9, 3, of_boxes)
    # A file has one image: the batch is 1.
    given_ = dict(logits=logits[None], deltas=deltas[None], boxes=boxes, exists=exists)
    layers = (ClassScores(), DecodeBoxes(SIZE, **FCIS), SelectDetections(6, 0.1, 0.3))

    def run(logits, deltas, boxes, exists):
        scores, boxes = layers[0](logits[0], exists), layers[1](deltas[0], boxes)
        names = ("boxes", "scores", "classes", "count", "regions")
        return dict(zip(names, layers[2](boxes, scores), strict=True))

    shapes = {name: x.shape for name, x in given_.items()}
    found = as_tflite(run, tmp_path, **shapes)(**given_)
    expected = run(**given_)
    assert expected["count"][0] > 2
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-4)


def test_masks_of_class_by_hand():
    logits = np.arange(2 * 1 * 1 * 3).reshape(2, 1, 1, 3).astype("f4")
    masks = MasksOfClass()(logits, np.array([[3, 0]], "int32"))
    np.testing.assert_allclose(masks, [[[[1 / (1 + np.exp(-2))]], [[0]]]], rtol=1e-6)


def test_masks_of_any_class():
    logits = np.array([1.0, 2.0], "f4").reshape(2, 1, 1, 1)
    masks = MasksOfClass()(logits, np.array([[3, 7]], "int32"))
    np.testing.assert_allclose(masks, 1 / (1 + np.exp([[[[-1]], [[-2]]]])), rtol=1e-6)
