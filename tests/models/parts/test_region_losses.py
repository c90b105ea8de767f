"""The losses of the heads: by hand, against loops, gradients, one for each region."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.models.parts.region_losses import (
    box_loss,
    class_loss,
    mask_loss,
    smooth_l1,
)
from kseg.models.parts.regions import Regions
from kseg.ops import encode_boxes
from tests.reference import rcnn as reference

REGIONS = Regions(
    boxes=np.array(
        [[[0, 0, 8, 8], [0, 0, 4, 4], [20, 20, 24, 24], [0, 0, 0, 0]]], "f4"
    ),
    index=np.array([[1, 0, 0, 0]], "int32"),
    classes=np.array([[2, 0, 0, 0]], "int32"),
    weights=np.array([[1, 1, 1, 0]], "f4"),
)
TRUTH = {
    "boxes": np.array([[[50, 50, 60, 60], [0, 0, 8, 8]]], "f4"),
    "classes": np.array([[1, 2]], "int32"),
    "masks": np.stack([np.zeros((4, 4)), np.eye(4)])[None].astype("f4"),
}


def test_class_loss_by_hand():
    logits = np.log([[1, 1, 2], [6, 1, 1], [2, 1, 1], [1e-9, 1, 1]]).astype("f4")
    expected = -(np.log(2 / 4) + np.log(6 / 8) + np.log(2 / 4)) / 3
    np.testing.assert_allclose(class_loss(logits, REGIONS), expected, rtol=1e-5)


def test_box_loss_by_hand():
    """Only the object, only its class, over three regions."""
    deltas = np.full((4, 2, 4), 99, "f4")
    deltas[0, 1] = [0.5, -1, 0, 0.25]
    loss = box_loss(deltas, REGIONS, TRUTH, most=2)
    np.testing.assert_allclose(loss, 1.75 / 3, rtol=1e-5)
    # Off its object it is to move by what the box coder says.
    moved = REGIONS._replace(boxes=REGIONS.boxes + 1)
    error = deltas[0, 1] - encode_boxes(TRUTH["boxes"][0, 1], moved.boxes[0, 0])
    loss = box_loss(deltas, moved, TRUTH, most=2)
    np.testing.assert_allclose(loss, np.abs(error).sum() / 3, rtol=1e-5)


def test_mask_loss_by_hand():
    """The object's own class and mask; the region of background is not counted."""
    logits = np.full((2, 4, 4, 2), 99, "f4")
    logits[0, :, :, 1] = 1
    loss = mask_loss(logits, REGIONS.first(2), TRUTH)
    expected = (4 * np.log1p(np.exp(-1)) + 12 * np.log1p(np.exp(1))) / 16
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_smooth_l1_by_hand():
    """With sigma 2 the parabola 2 x**2 ends at 1/4, in value and slope."""
    x = np.array([-3, -0.25, -0.1, 0, 0.2, 0.25, 1], "f4")
    expected = [3 - 1 / 8, 1 / 8, 0.02, 0, 0.08, 1 / 8, 7 / 8]
    np.testing.assert_allclose(smooth_l1(x, 2.0), expected, rtol=1e-6)
    np.testing.assert_array_equal(smooth_l1(x), np.abs(x))
    with tf.GradientTape() as tape:
        t = tf.constant(x)
        tape.watch(t)
        y = smooth_l1(t, 2.0)
    slopes = [-1, -1, -0.4, 0, 0.8, 1, 1]
    np.testing.assert_allclose(tape.gradient(y, t), slopes, rtol=1e-5)


# Against loops, on two images of five regions, the first three with objects or not.

RNG = np.random.default_rng(0)
COUNT, MOST, K = 5, 3, 4
OBJECTS = {
    "boxes": np.array([[[2, 3, 17, 29], [11, 5, 20, 12]]] * 2, "f4"),
    "classes": np.array([[1, 4], [2, 3]], "int32"),
    "masks": RNG.random((2, 2, 6, 5)).astype("f4"),
}
SOME = Regions(
    boxes=np.array([[2, 3, 17, 29]], "f4") + RNG.normal(0, 2, (2, 5, 4)).astype("f4"),
    index=np.array([[0, 1, 0, 1, 0], [1, 1, 0, 0, 0]], "int32"),
    classes=np.array([[1, 4, 0, 0, 0], [3, 3, 2, 0, 0]], "int32"),
    weights=np.array([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]], "f4"),
)


@pytest.mark.parametrize("kinds", [K, 1])
@pytest.mark.parametrize("sigma", [None, 1.0, 3.0])
@pytest.mark.parametrize(
    "coding",
    [
        {},
        {"weights": (5.0, 5.0, 2.0, 2.0), "means": (0.1, -0.1, 0.2, 0.0)},
    ],
)
def test_box_loss_equals_the_oracle(kinds, sigma, coding):
    """Boxes of each class and of any; coded as Mask R-CNN's and otherwise."""
    deltas = RNG.normal(0, 0.6, (2 * COUNT, kinds, 4)).astype("f4")
    coded = {"weights": (10, 10, 5, 5), "means": (0, 0, 0, 0), **coding}
    expected = [
        reference.box_terms(
            deltas.reshape(2, COUNT, kinds, 4)[i],
            *(SOME.boxes[i], SOME.classes[i, :MOST]),
            *(OBJECTS["boxes"][i], SOME.index[i], sigma),
            **coded,
        )
        for i in range(2)
    ]
    options = {"sigma": sigma, **coding}
    each = box_loss(deltas, SOME, OBJECTS, MOST, **options, each=True)
    np.testing.assert_allclose(each, expected, rtol=1e-4, atol=1e-5)
    assert np.count_nonzero(expected) == 5
    loss = box_loss(deltas, SOME, OBJECTS, MOST, **options)
    np.testing.assert_allclose(loss, np.sum(expected) / 9, rtol=1e-4)
    every = box_loss(deltas, SOME, OBJECTS, COUNT, **options, each=True)
    np.testing.assert_allclose(every[:, :MOST], each, rtol=1e-5)
    assert not every[:, MOST:].numpy().any()


def test_class_loss_equals_the_oracle():
    logits = RNG.normal(0, 2, (2 * COUNT, K + 1)).astype("f4")
    expected = [
        reference.class_terms(x, SOME.classes[i], SOME.weights[i])
        for i, x in enumerate(logits.reshape(2, COUNT, K + 1))
    ]
    each = class_loss(logits, SOME, each=True)
    np.testing.assert_allclose(each, expected, rtol=1e-4, atol=1e-6)
    loss = class_loss(logits, SOME)
    np.testing.assert_allclose(loss, np.sum(expected) / 9, rtol=1e-5)


@pytest.mark.parametrize("kinds", [K, 1])
@pytest.mark.parametrize("options", [{}, {"threshold": 0.4}])
def test_mask_loss_equals_the_oracle(kinds, options):
    logits = RNG.normal(0, 2, (2 * MOST, 7, 3, kinds)).astype("f4")
    expected = [
        reference.mask_terms(
            logits.reshape(2, MOST, 7, 3, kinds)[i],
            *(SOME.boxes[i], SOME.classes[i, :MOST], OBJECTS["masks"][i]),
            *(OBJECTS["boxes"][i], SOME.index[i], options.get("threshold", 0.5)),
        )
        for i in range(2)
    ]
    first = SOME.first(MOST)
    each = mask_loss(logits, first, OBJECTS, **options, each=True)
    np.testing.assert_allclose(each, expected, rtol=1e-4, atol=1e-6)
    loss = mask_loss(logits, first, OBJECTS, **options)
    np.testing.assert_allclose(loss, np.sum(expected) / 5, rtol=1e-5)


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("name", ["class", "box", "box of any", "mask", "mask of any"])
def test_gradients_equal_finite_differences(name, each):
    shape, loss = {
        "class": ((10, K + 1), lambda x: class_loss(x, SOME, each=each)),
        "box": (
            (10, K, 4),
            lambda x: box_loss(x, SOME, OBJECTS, MOST, sigma=1.5, each=each),
        ),
        "box of any": ((10, 1, 4), lambda x: box_loss(x, SOME, OBJECTS, 5, each=each)),
        "mask": (
            (6, 3, 2, K),
            lambda x: mask_loss(x, SOME.first(3), OBJECTS, each=each),
        ),
        "mask of any": (
            (6, 3, 2, 1),
            lambda x: mask_loss(x, SOME.first(3), OBJECTS, each=each),
        ),
    }[name]
    x = tf.constant(RNG.normal(size=shape))
    analytic, numeric = tf.test.compute_gradient(
        lambda x: tf.reduce_sum(loss(x) ** 2), [x], delta=1e-5
    )
    assert loss(x).dtype == "float64" and np.ptp(numeric[0]) > 1e-3
    np.testing.assert_allclose(analytic[0], numeric[0], rtol=1e-5, atol=1e-8)


def test_targets_have_no_gradient():
    """The boxes of the regions have one of their own, in MNC."""
    boxes = tf.constant(SOME.boxes)
    with tf.GradientTape() as tape:
        tape.watch(boxes)
        regions = SOME._replace(boxes=boxes)
        deltas = np.ones((10, K, 4), "f4")
        loss = box_loss(deltas, regions, OBJECTS, MOST)
        loss += mask_loss(np.ones((6, 3, 2, K), "f4"), regions.first(3), OBJECTS)
    assert tape.gradient(loss, boxes) is None


def test_no_images_and_no_objects():
    none = Regions(*(x[:0] for x in SOME))
    truth = {key: value[:0] for key, value in OBJECTS.items()}
    empty = SOME._replace(classes=0 * SOME.classes, weights=0 * SOME.weights)
    for regions, objects, n in ((none, truth, 0), (empty, OBJECTS, 2)):
        for each in (False, True):
            terms = (
                class_loss(np.ones((5 * n, K + 1), "f4"), regions, each=each),
                box_loss(np.ones((5 * n, K, 4), "f4"), regions, objects, 3, each=each),
                mask_loss(
                    *(np.ones((3 * n, 4, 3, K), "f4"), regions.first(3), objects),
                    each=each,
                ),
            )
            shapes = [(n, 5), (n, 3), (n, 3)] if each else [()] * 3
            assert [x.shape for x in terms] == shapes
            assert not any(x.numpy().any() for x in terms)
