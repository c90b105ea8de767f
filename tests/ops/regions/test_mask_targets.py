"""Mask targets: by hand, against loops, padding, odd boxes."""

import numpy as np
import pytest
import tensorflow as tf

from kseg.ops import mask_targets
from tests.reference.regions import mask_target as reference

RNG = np.random.default_rng(0)
SIZE = (4, 5)


def objects(*lead, count=3, side=7):
    """Masks and their boxes in an image of 60x60."""
    start = RNG.uniform(-5, 40, (*lead, count, 2))
    boxes = np.concatenate([start, start + RNG.uniform(1, 30, start.shape)], -1)
    return RNG.random((*lead, count, side, side + 1)), boxes


def regions(boxes, index):
    """Each near its object: shifted by up to half its side, and of another size."""
    near = np.take_along_axis(boxes, index[..., None], axis=-2)
    sides = np.tile(near[..., 2:] - near[..., :2], 2)
    return near + sides * RNG.uniform(-0.5, 0.5, near.shape)


def test_example_of_the_docstring():
    masks, boxes = np.array([[[1, 0], [1, 1]]]), np.array([[0.0, 0, 4, 4]])
    target = mask_targets(masks, boxes, [[0.0, 0, 4, 8]], [0], (2, 4))
    assert target.dtype == "float32"
    np.testing.assert_array_equal(target[0], [[1, 0, 0, 0], [1, 1, 0, 0]])


@pytest.mark.parametrize("lead", [(), (2,), (2, 1)])
def test_equals_the_oracle(lead):
    masks, boxes = objects(*lead)
    index = RNG.integers(0, 3, (*lead, 30))
    rois = regions(boxes, index)
    soft = mask_targets(masks, boxes, rois, index, SIZE, threshold=None).numpy()
    assert soft.shape == (*lead, 30, *SIZE) and soft.min() == 0 < soft.max() <= 1
    for i in np.ndindex(index.shape):
        of = (*i[:-1], index[i])
        expected = reference(masks[of], boxes[of], rois[i], SIZE)
        np.testing.assert_allclose(soft[i], expected, atol=1e-6)
    for threshold in (0.5, 0.4):
        hard = mask_targets(masks, boxes, rois, index, SIZE, threshold=threshold)
        np.testing.assert_array_equal(hard, soft >= threshold)


@pytest.mark.parametrize("dtype", ["uint8", "bool", "bfloat16"])
def test_a_tight_box_of_a_full_mask_is_filled_to_its_edge(dtype):
    masks = tf.cast(np.ones((1, 3, 3)), dtype)
    boxes, roi = np.array([[10, 20, 14, 26]]), np.array([[8.0, 17, 16, 29]])
    target = mask_targets(masks, boxes, roi, [0], (8, 12))[0].numpy()
    expected = np.zeros((8, 12))
    expected[2:6, 3:9] = 1
    np.testing.assert_array_equal(target, expected)


def test_a_region_that_is_the_box_at_the_masks_own_size_gives_the_mask():
    masks = (RNG.random((1, 6, 9)) < 0.5).astype("uint8")
    box = np.array([[3.25, 7.5, 40, 61]])
    np.testing.assert_array_equal(mask_targets(masks, box, box, [0], (6, 9)), masks)


def test_padding_odd_boxes_and_regions_without_area():
    masks = np.ones((5, 4, 4))
    boxes = np.array(
        [[0, 0, 0, 0], [3, 3, 3, 9], [9, 9, 3, 3], [np.nan, 0, 9, 9], [2, 2, 6, 6]],
        "float32",
    )
    whole = np.tile(np.array([0, 0, 10, 10], "float32"), (5, 1))
    target = mask_targets(masks, boxes, whole, np.arange(5), 5).numpy()
    assert not target[:4].any() and target[4].sum() == 4
    # A region without area reads one place; one that is no number reads nothing.
    points = np.array([[4, 4, 4, 4], [9, 9, 9, 9], [0, np.nan, 9, 9]], "float32")
    target = mask_targets(masks, boxes, points, np.array([4, 4, 4]), 2).numpy()
    np.testing.assert_array_equal(target.mean(axis=(1, 2)), [1, 0, 0])


def test_no_objects_no_regions_no_images():
    for lead, count, regions in [((), 0, 3), ((2,), 0, 3), ((2,), 3, 0), ((0,), 3, 2)]:
        target = mask_targets(
            np.zeros((*lead, count, 5, 5)),
            np.zeros((*lead, count, 4)),
            np.zeros((*lead, regions, 4)),
            np.zeros((*lead, regions), "int32"),
            SIZE,
        )
        assert target.shape == (*lead, regions, *SIZE) and not np.any(target)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_same_in_a_graph_and_under_xla_without_gradient(jit_compile):
    masks, boxes = objects(2)
    index = RNG.integers(0, 3, (2, 6))
    rois = tf.constant(regions(boxes, index))

    def targets(rois):
        with tf.GradientTape() as tape:
            tape.watch(rois)
            y = mask_targets(masks, boxes, rois, index, SIZE, threshold=None)
        assert tape.gradient(y, rois) is None
        return y

    compiled = tf.function(targets, jit_compile=jit_compile)
    np.testing.assert_allclose(compiled(rois), targets(rois), atol=1e-6)


def test_refuses():
    masks, boxes = objects(2)
    with pytest.raises(ValueError, match="Expected masks .*Received: masks.shape"):
        mask_targets(masks[0], boxes, boxes, np.zeros((2, 3), "int32"), 4)
    with pytest.raises(ValueError, match="size must be an int or .*Received"):
        mask_targets(masks, boxes, boxes, np.zeros((2, 3), "int32"), 0)
