"""The region proposal network: its head with one logit or two, and its losses."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import LogitOfTwo
from kseg.models.parts.rpn import rpn, rpn_losses
from kseg.ops import make_pyramid_anchors
from tests.reference.rcnn import rpn_terms

SIZE = (24, 41)
# Some of these anchors reach beyond the image.
ANCHORS = make_pyramid_anchors((9, 17), (0.5, 1, 2), (8, 16), [(3, 6), (2, 3)], 0.5)
TRUTH = {
    "boxes": np.array(
        [
            [[2, 3, 13, 12], [9, 20, 22, 38], [0, 0, 0, 0]],
            [[11, 5, 20, 31], [0, 0, 0, 0], [0, 0, 0, 0]],
            [[0, 0, 0, 0]] * 3,
        ],
        "float32",
    ),
    "valid": np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0]], "float32"),
}


def outputs(dtype="float32"):
    """Of the head, for three images."""
    rng = np.random.default_rng(0)
    counts = [len(x) for x in ANCHORS]
    return (
        [rng.normal(size=(3, n)).astype(dtype) for n in counts],
        [rng.normal(0, 0.5, (3, n, 4)).astype(dtype) for n in counts],
    )


def losses(objectness, deltas, **options):
    return rpn_losses(objectness, deltas, ANCHORS, *TRUTH.values(), seed=3, **options)


OPTIONS = {
    "detectron2": {},
    "thresholds": {"positive": 0.5, "negative": 0.2},
    "smooth": {"sigma": 3.0},
    "flat": {"sigma": 0.5},
    "inside": {"image_size": SIZE},
    "few": {"count": 7, "fraction": 0.3},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_equal_the_oracle(name):
    """One value for each anchor that is drawn, and the sums by both normalisers."""
    options = {"count": 64, **OPTIONS[name]}
    count, fraction = options["count"], options.get("fraction", 0.5)
    objectness, deltas = outputs()
    total = max(sum(map(len, ANCHORS)), count)
    keys = keras.random.uniform((3, total), seed=3).numpy()
    expected = np.stack(
        [
            rpn_terms(
                np.concatenate(objectness, 1)[i],
                np.concatenate(deltas, 1)[i],
                np.concatenate(ANCHORS),
                *(TRUTH["boxes"][i], TRUTH["valid"][i], keys[i]),
                **{**options, "count": count, "most": int(count * fraction)},
            )
            for i in range(3)
        ]
    )
    each = np.stack(losses(objectness, deltas, **options, each=True), axis=-1)
    assert each.shape == (3, count, 2) and np.count_nonzero(expected[..., 1]) > 1
    np.testing.assert_allclose(each, expected, rtol=1e-4, atol=1e-5)
    drawn = np.count_nonzero(expected[..., 0])
    totals = {"count": 3 * count, "drawn": drawn}
    for over in (("count", "count"), ("drawn", "drawn"), ("drawn", "count")):
        sums = losses(objectness, deltas, **options, over=over)
        divided = expected.sum(axis=(0, 1)) / [totals[word] for word in over]
        np.testing.assert_allclose(sums, divided, rtol=1e-4)
    default = losses(objectness, deltas, **options)
    np.testing.assert_allclose(default, expected.sum(axis=(0, 1)) / (3 * count), 1e-4)


def test_anchors_beyond_the_image_are_among_those_left_out():
    """Without the option more are drawn: it is not without effect."""
    each = losses(*outputs(), count=64, each=True)[0].numpy()
    fewer = losses(*outputs(), count=64, each=True, image_size=SIZE)[0].numpy()
    assert 0 < np.count_nonzero(fewer) < np.count_nonzero(each)


def test_by_hand():
    """One object on the first of three anchors; the last is neither."""
    anchors = [np.array([[0, 0, 8, 8], [20, 20, 28, 28]], "float32"),
               np.array([[0, 4, 8, 12]], "float32")]  # fmt: skip
    boxes = np.array([[[0, 0, 8, 8], [0, 0, 0, 0]]], "float32")
    objectness = [np.array([[0.0, 2.0]], "float32"), np.array([[9.0]], "float32")]
    deltas = [np.array([[[0.5, 0, 0, -0.25], [7, 7, 7, 7]]], "float32"),
              np.array([[[7, 7, 7, 7]]], "float32")]  # fmt: skip
    entropy, error = rpn_losses(
        objectness, deltas, anchors, boxes, [[1, 0]], seed=0, count=8
    )
    # The third has an IoU of 1/3: ignored. The first learns 1, the second 0.
    np.testing.assert_allclose(entropy, (np.log(2) + np.log1p(np.exp(2))) / 8, 1e-5)
    np.testing.assert_allclose(error, 0.75 / 8, 1e-6)


@pytest.mark.parametrize("each", [False, True])
def test_gradients_equal_finite_differences(each):
    objectness, deltas = (
        [tf.constant(x) for x in group] for group in outputs("float64")
    )

    def total(*tensors):
        terms = losses(tensors[:2], tensors[2:], sigma=2.0, count=20, each=each)
        return sum(tf.reduce_sum(x**2) for x in terms)

    tensors = [*objectness, *deltas]
    analytic, numeric = tf.test.compute_gradient(total, tensors, delta=1e-5)
    assert total(*tensors).dtype == "float64"
    for a, n in zip(analytic, numeric, strict=True):
        assert np.ptp(n) > 1e-3
        np.testing.assert_allclose(a, n, rtol=1e-5, atol=1e-8)


def test_no_images():
    objectness, deltas = outputs()
    none = [[x[:0] for x in group] for group in (objectness, deltas)]
    truth = [x[:0] for x in TRUTH.values()]
    for over in ("count", "drawn"):
        terms = rpn_losses(*none, ANCHORS, *truth, seed=0, over=(over, over), each=True)
        assert [x.shape for x in terms] == [(0, 256)] * 2


def test_refuses_another_normaliser():
    with pytest.raises(ValueError, match="over must be one of 'count', 'drawn'. Rec"):
        losses(*outputs(), over=("count", "anchors"))


# The head.


def head(softmax, dtype="float32"):
    keras.utils.set_random_seed(0)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        maps = [keras.Input((3, 5, 4)), keras.Input((2, 3, 4))]
        return keras.Model(maps, rpn(maps, 3, 6, softmax=softmax))
    finally:
        keras.config.set_dtype_policy(before)


MAPS = [
    np.random.default_rng(i).normal(size=(2, *sides, 4)).astype("float32")
    for i, sides in enumerate(((3, 5), (2, 3)))
]


@pytest.mark.parametrize("softmax, maps", [(False, 3), (True, 6)])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_shapes_and_types(softmax, maps, dtype):
    model = head(softmax, dtype)
    assert model.get_layer("rpn_objectness").filters == maps
    objectness, deltas = model(MAPS)
    assert [x.shape for x in objectness] == [(2, 45), (2, 18)]
    assert [x.shape for x in deltas] == [(2, 45, 4), (2, 18, 4)]
    assert all(x.dtype == "float32" for x in (*objectness, *deltas))
    flat, of_boxes = [(None, 45), (None, 18)], [(None, 45, 4), (None, 18, 4)]
    assert [x.shape for x in model.outputs] == flat + of_boxes


def test_the_logit_of_a_softmax_is_foreground_minus_background():
    """In the order of the anchors, of which the head has first all backgrounds."""
    layer = LogitOfTwo()
    maps = np.random.default_rng(0).normal(0, 3, (2, 3, 5, 6)).astype("float32")
    exponentials = np.exp(maps.reshape(2, 15, 2, 3))  # place, class, anchor
    softmax = exponentials[:, :, 1] / exponentials.sum(axis=2)
    logit = layer(maps).numpy()
    np.testing.assert_allclose(
        1 / (1 + np.exp(-logit)), softmax.reshape(2, 45), rtol=1e-5
    )
    assert layer(maps[:0]).shape == (0, 45)
