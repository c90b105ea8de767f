"""RoIPool: by hand, against loops, ties, odd boxes, gradients."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import roi_pool
from tests.convert import as_tflite
from tests.reference.regions import odd_boxes, ramp, values
from tests.reference.regions import roi_pool as reference

SHAPE, SCALE, SIZE = (9, 13, 3), 1 / 4, (3, 2)


def test_example_of_the_docstring():
    pooled = roi_pool(ramp(), np.array([[[0, 0, 2, 3]]], "float32"), 1.0, 2)
    np.testing.assert_array_equal(pooled[0, ..., 0], [[6, 8], [11, 13]])


@pytest.mark.parametrize("size", [(3, 2), (1, 1), (7, 7)])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_equals_the_oracle(size, dtype):
    x, boxes = values(2, *SHAPE), odd_boxes(120).reshape(2, 60, 4)
    x = tf.cast(tf.cast(x, dtype), "float32").numpy()
    pooled = roi_pool(tf.cast(x, dtype), boxes, SCALE, size)
    assert pooled.dtype == dtype
    expected = [reference(a, b, SCALE, size)[0] for a, b in zip(x, boxes, strict=True)]
    np.testing.assert_array_equal(tf.cast(pooled, "float32"), np.concatenate(expected))
    assert np.count_nonzero(expected) > pooled.shape.num_elements() / 4


def test_halves_round_away_from_0():
    """Corners 0.5 and 2.5: pixels 1 to 3; halves to even would give 0 to 2."""
    boxes = np.array([[[0.5, 0.5, 2.5, 2.5], [-0.5, -1.5, 0, 0.5]]], "float32")
    pooled = roi_pool(ramp(), boxes, 1.0, 3)[..., 0]
    np.testing.assert_array_equal(pooled[0], [[6, 7, 8], [11, 12, 13], [16, 17, 18]])
    # Rows -1 to 0 and columns -2 to 1, the first of each outside.
    np.testing.assert_array_equal(pooled[1], [[0, 0, 0], [0, 0, 1], [0, 0, 1]])


def test_the_gradient_goes_to_the_maxima():
    x, boxes = values(*SHAPE), odd_boxes(30)
    x = x.astype("float64")
    upstream = np.random.default_rng(1).normal(size=(30, *SIZE, SHAPE[-1]))
    with tf.GradientTape() as tape:
        t = tf.constant(x[None])
        tape.watch(t)
        found = roi_pool(t, boxes[None], SCALE, SIZE)
    pooled, places = reference(x, boxes, SCALE, SIZE)
    expected = np.zeros(SHAPE)
    for r, i, j, c in np.ndindex(pooled.shape):
        row, column = places[r, i, j, c]
        if row >= 0:
            expected[row, column, c] += upstream[r, i, j, c]
    gradient = tape.gradient(found, t, upstream)
    np.testing.assert_allclose(gradient[0], expected, atol=1e-12)


def test_equal_maxima_hand_on_the_gradient_once():
    boxes = np.array([[[0, 0, 4, 4]]], "float32")
    with tf.GradientTape() as tape:
        x = tf.ones((1, 5, 5, 1))
        tape.watch(x)
        pooled = roi_pool(x, boxes, 1.0, 1)
    assert float(tf.reduce_sum(tape.gradient(pooled, x))) == 1


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 3e38])
def test_what_is_no_number_pools_to_0(wrong):
    boxes = np.tile(np.array([1, 1, 3, 3], "float32"), (1, 5, 1))
    for i in range(4):
        boxes[0, i, i] = wrong
    pooled = roi_pool(ramp(), boxes, 1.0, 2)
    np.testing.assert_array_equal(pooled[:4], 0)
    assert pooled[4].numpy().min() > 0


def test_nothing_to_pool_and_a_map_of_one_pixel():
    none = np.zeros((2, 0, 4), "float32")
    assert roi_pool(values(2, *SHAPE), none, 1.0, SIZE).shape == (0, *SIZE, 3)
    assert roi_pool(values(0, *SHAPE), none[:0], 1.0, SIZE).shape == (0, *SIZE, 3)
    boxes = np.array([[[0, 0, 0, 0], [-9, -9, 9, 9], [5, 5, 6, 6]]], "float32")
    pooled = roi_pool(np.full((1, 1, 1, 1), -7, "float32"), boxes, 1.0, 1)
    np.testing.assert_array_equal(pooled[:, 0, 0, 0], [-7, -7, 0])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_in_a_graph_and_under_xla(jit_compile):
    x, boxes = tf.constant(values(2, *SHAPE)), odd_boxes(10).reshape(2, 5, 4)

    def forward_and_backward(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = roi_pool(x, boxes, SCALE, SIZE)
        return y, tape.gradient(y, x, y)

    compiled = tf.function(forward_and_backward, jit_compile=jit_compile)
    for a, b in zip(compiled(x), forward_and_backward(x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_converts_to_builtins(tmp_path):
    x, boxes = values(1, *SHAPE), odd_boxes(9)[None]

    def pool(x, boxes):
        return {"y": tf.reshape(roi_pool(x, boxes, SCALE, SIZE), (1, 9, -1))}

    run = as_tflite(pool, tmp_path, x=x.shape, boxes=boxes.shape)
    expected = pool(x, boxes)["y"]
    np.testing.assert_array_equal(run(x=x, boxes=boxes)["y"], expected)
    assert np.any(expected)


def test_refuses():
    spec = [tf.TensorSpec((1, None, 5, 3))]
    with pytest.raises(ValueError, match="height and width of features must be known"):
        tf.function(
            lambda x: roi_pool(x, values(1, 2, 4), 1.0, 2), spec
        ).get_concrete_function()
    with pytest.raises(ValueError, match="boxes must be .B, R, 4.*Received"):
        roi_pool(values(1, *SHAPE), values(2, 4), 1.0, 2)
