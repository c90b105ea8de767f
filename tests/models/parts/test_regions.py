"""Which regions are drawn: by hand, and against loops on the same random numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.models.parts.regions import sample_regions
from tests.reference.rcnn import regions as reference

TRUTH = {
    "boxes": np.array(
        [[[50, 50, 60, 60], [0, 0, 8, 8]], [[3, 7, 30, 20], [0] * 4], [[0] * 4] * 2],
        "float32",
    ),
    "classes": np.array([[1, 2], [3, 0], [0, 0]], "int32"),
}
MNC = {"bands": ((0.1, 0.5, 0.85), (0.0, 0.1, 0.15))}
FCIS = {"bands": ((0.1, 0.5, 1.0),), "refill": True}


def proposals(count=40):
    """Near the objects, and anywhere; of each image the last do not exist."""
    rng = np.random.default_rng(0)
    boxes = np.repeat(TRUTH["boxes"], count // 2, axis=1)
    boxes[2] = [10, 10, 30, 40]
    boxes[1, count // 2 :] = boxes[1, 0]
    boxes = boxes + rng.normal(0, 3, boxes.shape)
    boxes[..., 2:] = np.maximum(boxes[..., 2:], boxes[..., :2] + 1)
    exists = np.ones(boxes.shape[:2], "float32")
    exists[:, -3:] = 0
    return boxes.astype("float32"), exists


OPTIONS = {
    "mask r-cnn": {},
    "mnc": {**MNC, "fraction": 0.3},
    "fcis": FCIS,
    "without the truth": {"append_truth": False},
    "threshold": {"positive": 0.7, "bands": ((0.2, 0.6, 0.5), (0.6, 0.7, 0.25))},
    "all of them": {"count": 44, "fraction": 1.0},
    "more than there are": {"count": 60, "refill": True},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_equal_the_oracle(name):
    options = {"count": 16, "fraction": 0.25, **OPTIONS[name]}
    count, fraction = options.pop("count"), options.pop("fraction")
    boxes, exists = proposals()
    drawn = sample_regions(boxes, exists, TRUTH, count, fraction, 5, **options)
    total = boxes.shape[1] + (2 if options.get("append_truth", True) else 0)
    keys = keras.random.uniform((3, max(total, count)), seed=5).numpy()
    every = boxes
    if options.get("append_truth", True):
        every = np.concatenate([boxes, TRUTH["boxes"]], axis=1)
    kinds = set()
    for i in range(3):
        expected = reference(
            *(boxes[i], exists[i], TRUTH["boxes"][i], TRUTH["classes"][i]),
            *(keys[i], count, int(count * fraction)),
            **options,
        )
        for r, (n, index, kind, weight) in enumerate(expected):
            assert drawn.weights[i, r] == weight and drawn.classes[i, r] == kind
            if weight:
                np.testing.assert_array_equal(drawn.boxes[i, r], every[i, n])
                kinds.add(int(kind))
            if kind:
                assert drawn.index[i, r] == index
    assert {0, 3} <= kinds


def test_by_hand():
    """Objects first; the ground truth is among them; what does not exist is not."""
    truth = {key: value[:1] for key, value in TRUTH.items()}
    boxes = np.array([[[0, 0, 8, 7], [30, 30, 40, 40], [50, 50, 60, 60]]], "f4")
    drawn = sample_regions(boxes, np.array([[1, 1, 0]], "f4"), truth, 8, 0.5, 0)
    boxes, index, classes, weights = (np.asarray(x)[0] for x in drawn)
    assert weights.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert sorted(classes[:3]) == [1, 2, 2] and not classes[3:].any()
    assert boxes[3].tolist() == [30, 30, 40, 40]
    for box, i, kind in zip(boxes[:3], index[:3], classes[:3], strict=True):
        assert kind == truth["classes"][0, i]
        assert np.abs(box - truth["boxes"][0, i]).max() <= 1


def test_refilled_places_are_background_though_they_overlap_an_object():
    """FCIS's code labels what it fills up with 0."""
    truth = {key: value[:1] for key, value in TRUTH.items()}
    boxes = np.tile(np.array([0, 0, 8, 7], "f4"), (1, 5, 1))
    drawn = sample_regions(boxes, np.ones((1, 5)), truth, 8, 0.25, 0, **FCIS)
    assert drawn.weights.numpy().sum() == 7
    assert (drawn.classes.numpy() > 0).sum() == 2
    kept = sample_regions(boxes, np.ones((1, 5)), truth, 8, 0.25, 0)
    assert kept.weights.numpy().sum() == 2


def test_regions_pass_their_gradient_on_to_the_proposals():
    boxes, exists = proposals()
    with tf.GradientTape() as tape:
        t = tf.constant(boxes)
        tape.watch(t)
        drawn = sample_regions(t, exists, TRUTH, 16, 0.25, 5)
        used = drawn.boxes * drawn.weights[..., None]
    gradient = tape.gradient(used, t).numpy()
    for i in range(3):
        of_proposals = {tuple(box) for box in boxes[i, gradient[i, :, 0] == 1]}
        of_truth = {tuple(box) for box in TRUTH["boxes"][i]}
        some = {tuple(box) for box in used.numpy()[i]}
        assert of_proposals and of_proposals == some - of_truth
    assert set(gradient.ravel()) == {0, 1}


def test_no_images():
    none = {key: value[:0] for key, value in TRUTH.items()}
    boxes, exists = proposals()
    drawn = sample_regions(boxes[:0], exists[:0], none, 16, 0.25, 5, **MNC)
    assert [x.shape for x in drawn] == [(0, 16, 4), (0, 16), (0, 16), (0, 16)]


@pytest.mark.parametrize(
    "bands",
    [
        (),
        ((0.0, 0.3, 0.5), (0.2, 0.5, 0.5)),
        ((0.3, 0.1, 1.0),),
        ((0.2, 0.2, 1.0),),
    ],
)
def test_refuses_bands(bands):
    with pytest.raises(ValueError, match="none overlaps another. Received: bands="):
        sample_regions(*proposals(), TRUTH, 8, 0.5, 0, bands=bands)


def test_refuses_a_band_above_the_objects():
    with pytest.raises(ValueError, match="negative <= positive"):
        sample_regions(*proposals(), TRUTH, 8, 0.5, 0, positive=0.4)
