"""RoIWarp: by hand, against the formula, gradients of features and boxes."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import roi_warp
from tests.convert import as_tflite
from tests.reference.regions import odd_boxes, ramp, values
from tests.reference.regions import roi_warp as reference

SHAPE, SCALE, SIZE = (9, 13, 2), 1 / 4, (3, 2)


def test_example_of_the_docstring():
    pooled = roi_warp(ramp(), np.array([[[1, 1, 3, 3]]], "float32"), 1.0, 4)
    expected = np.add.outer([6, 8.5, 11, 13.5], [0, 0.5, 1, 1.5])
    np.testing.assert_allclose(pooled[0, ..., 0], expected, rtol=1e-6)


@pytest.mark.parametrize("rounded", [False, True])
def test_equals_the_formula(rounded):
    x, boxes = values(2, *SHAPE), odd_boxes(120).reshape(2, 60, 4)
    pooled = roi_warp(x, boxes, SCALE, SIZE, rounded)
    expected = [
        reference(a, b, SCALE, SIZE, rounded) for a, b in zip(x, boxes, strict=True)
    ]
    np.testing.assert_allclose(pooled, np.concatenate(expected), atol=1e-5)
    assert np.count_nonzero(expected) > pooled.shape.num_elements() / 4


def test_beyond_the_map_are_zeros():
    boxes = np.array([[[-0.5, 4.25, 3.5, 6.25], [-5, 0, -1, 4]]], "float32")
    pooled = roi_warp(tf.ones((1, 5, 5, 1)), boxes, 1.0, (2, 2))[..., 0]
    np.testing.assert_array_equal(pooled[0], [[0.375, 0], [0.75, 0]])
    np.testing.assert_array_equal(pooled[1], 0)


def test_gradients_of_features_and_boxes_equal_finite_differences():
    x = tf.constant(np.random.default_rng(0).normal(size=(1, 3, 4, 1)))
    # No sample at a whole place, where the formula has a kink; one box over the border.
    boxes = tf.constant([[[0.3, 0.7, 1.9, 2.6], [-0.9, 1.3, 1.6, 4.1]]], "float64")
    analytic, numeric = tf.test.compute_gradient(
        lambda x, boxes: roi_warp(x, boxes, 1.0, (3, 2)), [x, boxes], delta=1e-6
    )
    for a, b in zip(analytic, numeric, strict=True):
        assert np.ptp(b) > 0.1
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_rounded_boxes_have_the_gradient_of_the_places_that_were_read():
    x = values(1, *SHAPE)
    boxes = tf.constant([[[3.0, 7.0, 22.0, 39.0]]])  # 0.75, 1.75, 5.5, 9.75
    whole = tf.constant([[[4.0, 8.0, 24.0, 40.0]]])  # 1, 2, 6, 10
    gradients = []
    for given, rounded in ((boxes, True), (whole, False)):
        with tf.GradientTape() as tape:
            tape.watch(given)
            pooled = roi_warp(x, given, SCALE, SIZE, rounded)
        gradients.append(tape.gradient(pooled, given))
    assert np.abs(gradients[0]).min() > 1e-3
    np.testing.assert_allclose(*gradients, rtol=1e-6)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("rounded", [False, True])
def test_what_is_no_number_gives_0(wrong, rounded):
    boxes = np.tile(np.array([1, 1, 3, 3], "float32"), (1, 5, 1))
    for i in range(4):
        boxes[0, i, i] = wrong
    pooled = roi_warp(ramp(), boxes, 1.0, 2, rounded)
    # Bins start at the first corner: an infinite last one is not read there.
    np.testing.assert_array_equal(pooled[:4, 1, 1], 0)
    assert np.isfinite(pooled).all() and pooled[4].numpy().min() > 0


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_rounds_once(dtype):
    x = tf.cast(values(1, 40, 60, 3), dtype)
    boxes = np.array([[[300.3, 420.7, 601.2, 900.9]]], "float32")
    pooled = roi_warp(x, boxes, 1 / 16, 7)
    expected = roi_warp(tf.cast(x, "float32"), boxes, 1 / 16, 7)
    assert pooled.dtype == dtype
    np.testing.assert_array_equal(pooled, tf.cast(expected, dtype))


def test_nothing_to_warp():
    none = np.zeros((2, 0, 4), "float32")
    assert roi_warp(values(2, *SHAPE), none, 1.0, SIZE).shape == (0, *SIZE, 2)
    assert roi_warp(values(0, *SHAPE), none[:0], 1.0, SIZE).shape == (0, *SIZE, 2)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_in_a_graph_and_under_xla(jit_compile):
    given = [
        tf.constant(values(2, *SHAPE)),
        tf.constant(odd_boxes(10).reshape(2, 5, 4)),
    ]

    def forward_and_backward(x, boxes):
        with tf.GradientTape() as tape:
            tape.watch([x, boxes])
            y = roi_warp(x, boxes, SCALE, SIZE)
        return [y, *tape.gradient(y, [x, boxes], y)]

    compiled = tf.function(forward_and_backward, jit_compile=jit_compile)
    expected = forward_and_backward(*given)
    for a, b in zip(compiled(*given), expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_converts_to_builtins(tmp_path):
    x, boxes = values(1, *SHAPE), odd_boxes(9)[None]

    def warp(x, boxes):
        return {"y": tf.reshape(roi_warp(x, boxes, SCALE, SIZE), (1, 9, -1))}

    run = as_tflite(warp, tmp_path, x=x.shape, boxes=boxes.shape)
    expected = warp(x, boxes)["y"]
    np.testing.assert_allclose(run(x=x, boxes=boxes)["y"], expected, atol=1e-5)
    assert np.any(expected)


def test_refuses():
    spec = [tf.TensorSpec((1, 5, None, 3))]
    with pytest.raises(ValueError, match="height and width of features must be known"):
        tf.function(
            lambda x: roi_warp(x, values(1, 2, 4), 1.0, 2), spec
        ).get_concrete_function()
    with pytest.raises(ValueError, match="features must be .B, H, W, C.*Received"):
        roi_warp(values(*SHAPE), values(1, 2, 4), 1.0, 2)
