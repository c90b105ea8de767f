"""kseg.data.pipeline.padded_objects: which objects stay, and where."""

import numpy as np
import pytest

from kseg.data import Objects
from kseg.data.pipeline.object_views import Part
from kseg.data.pipeline.padded_objects import padder


def objects(*rectangles):
    """One object a rectangle, in an image of 20 x 30; its class is its number."""
    found = []
    for y1, x1, y2, x2 in rectangles:
        ids = np.zeros((20, 30), np.int32)
        ids[y1:y2, x1:x2] = 1
        found.append(Objects.from_ids(ids))
    boxes = np.concatenate([each.boxes for each in found])
    return Objects(
        (20, 30),
        boxes,
        np.arange(1, len(found) + 1, dtype=np.int32),
        np.concatenate([each.frames for each in found]),
        tuple(mask for each in found for mask in each.masks),
        np.zeros(len(found), bool),
        np.ones(len(found), np.float32),
    )


def test_boxes_go_where_their_image_goes():
    part = Part(objects((2, 3, 6, 9)), (40, 30), (5, 7))
    boxes, classes, masks = padder(3, 4)([part])
    # Twice as high, as wide as before, then 5 down and 7 to the right.
    np.testing.assert_array_equal(boxes[0], [9, 10, 17, 16])
    assert classes.tolist() == [1, 0, 0] and not boxes[1:].any()
    assert (masks[0] == 1).all() and not masks[1:].any()
    assert (boxes.dtype, classes.dtype) == (np.float32, np.int32)


def test_the_largest_stay_in_their_order_over_all_parts():
    first = Part(objects((0, 0, 3, 3), (0, 0, 9, 9), (0, 0, 2, 2)), (20, 30), (0, 0))
    second = Part(objects((0, 0, 1, 1), (0, 0, 6, 6)), (20, 30), (0, 0))
    boxes, classes, masks = padder(3, 2)([first, second])
    assert classes.tolist() == [1, 2, 2]
    assert boxes[:, 2].tolist() == [3, 9, 6]
    assert (masks == 1).all()


def test_what_is_under_a_pixel_and_crowds_are_left_out():
    few = objects((0, 0, 4, 4), (0, 0, 8, 8), (0, 0, 12, 12))
    few.crowd[1] = True
    # A fifth of the size: the first is 0.8 pixels high.
    _, classes, _ = padder(3, 2)([Part(few, (4, 6), (0, 0))])
    assert classes.tolist() == [3, 0, 0]


@pytest.mark.parametrize("count", [1, 5])
def test_an_image_without_objects(count):
    nothing = Objects.from_objects([], (4, 4))
    boxes, classes, masks = padder(count, 2)([Part(nothing, (4, 4), (0, 0))])
    assert boxes.shape == (count, 4) and not classes.any()
    assert masks.shape == (count, 2, 2)
