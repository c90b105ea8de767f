import numpy as np
import pytest
from pycocotools import mask as coco_mask

from kseg.imaging import letterbox
from kseg.predict import Detections
from tests.objects import detections

OUTPUT = {
    "boxes": np.float32([[2, 4, 6, 8], [0, 0, 4, 4], [1, 1, 2, 2]]),
    "scores": np.float32([0.9, 0.5, 0.0]),
    "classes": np.int32([2, 1, 0]),
    "masks": np.ones((3, 28, 28), np.float32),
    "count": np.int32(2),
}


def test_from_output_takes_count_of_them():
    found = Detections.from_output(OUTPUT, (10, 12))
    assert len(found) == 2 and found.size == (10, 12)
    assert found.classes.tolist() == [2, 1]
    assert found.frames.tolist() == [[2, 4, 6, 8], [0, 0, 4, 4]]
    assert found.areas.tolist() == [16, 16]
    empty = Detections.from_output({**OUTPUT, "count": np.array([0])}, (10, 12))
    assert len(empty) == 0 and empty.boxes.shape == (0, 4)
    assert not empty.to_ids().any() and empty.to_rle() == []


def test_boxes_come_back_from_the_letterbox():
    """An image of 50 x 100 in a network's 64 x 64: half as large, 16 from the top."""
    _, place = letterbox(np.zeros((50, 100, 3), np.uint8), (64, 64))
    assert place == (16, 0, 32, 64)
    output = {**OUTPUT, "boxes": np.float32([[20, 8, 30, 24], [8, 8, 12, 24]] * 2)[:3]}
    found = Detections.from_output(output, (50, 100), place=place)
    # (20 - 16) * 50 / 32 and so on; the second lies in the padding.
    np.testing.assert_allclose(found.boxes, [[6.25, 12.5, 21.875, 37.5]])
    assert found.scores.tolist() == pytest.approx([0.9])


def test_a_mask_is_rendered_before_its_box_is_cut():
    """The right half of a box that begins left of the image."""
    mask = np.zeros((1, 2, 2))
    mask[:, :, 1] = 1
    output = {**OUTPUT, "boxes": [[0, -4, 4, 4]], "masks": mask, "count": 1}
    found = Detections.from_output(output, (4, 8))
    assert found.boxes.tolist() == [[0, 0, 4, 4]]
    assert found.frames.tolist() == [[0, 0, 4, 4]] and found.masks[0][1:3].all()


@pytest.mark.parametrize("rule", ["sample", "resize"])
def test_rule_and_threshold_reach_the_masks(rule):
    output = {**OUTPUT, "masks": np.full((3, 28, 28), 0.4), "rule": rule}
    found = Detections.from_output(output, (10, 12), rule=rule, threshold=0.3)
    assert found.areas.min() >= 4
    assert not Detections.from_output(output, (10, 12), rule=rule).areas.any()


@pytest.mark.parametrize("count", [-1, 4])
def test_a_count_beyond_the_boxes_is_refused(count):
    with pytest.raises(ValueError, match="count of 0 to 3"):
        Detections.from_output({**OUTPUT, "count": count}, (10, 12))


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_box_that_is_no_number_is_refused_unless_it_is_padding(broken):
    boxes = OUTPUT["boxes"].copy()
    boxes[2] = broken  # behind the two that count
    assert len(Detections.from_output({**OUTPUT, "boxes": boxes}, (10, 12))) == 2
    boxes[1, 3] = broken
    with pytest.raises(ValueError, match="Expected finite boxes"):
        Detections.from_output({**OUTPUT, "boxes": boxes}, (10, 12))


def test_the_higher_score_lies_on_top():
    boxes = [(0, 0, 4, 4), (2, 2, 6, 6), (2, 0, 3, 6)]
    found = detections(boxes, [1, 1, 1], [0.5, 0.9, 0.5], (6, 6))
    ids = found.to_ids()
    assert ids.dtype == np.int32
    assert ids[2].tolist() == [1, 1, 2, 2, 2, 2]  # of 0.5 and 0.5 the first
    assert ids[0].tolist() == [1, 1, 1, 1, 0, 0]


def test_select_and_above():
    boxes = [(0, 0, 4, 4), (2, 2, 6, 6), (2, 0, 3, 6)]
    found = detections(boxes, [1, 2, 3], [0.5, 0.9, 0.4], (6, 6))
    assert found.select([2, 0]).classes.tolist() == [3, 1]
    assert found.above(0.5).classes.tolist() == [2, 1]
    assert found.above(0.95).boxes.shape == (0, 4)


def test_run_lengths_are_of_the_whole_image():
    found = detections([(1, 2, 3, 5)], [1], [1], (6, 7))
    expected = np.zeros((6, 7), np.uint8)
    expected[1:3, 2:5] = 1
    np.testing.assert_array_equal(coco_mask.decode(found.to_rle()[0]), expected)


def some():
    boxes = [(1, 2, 3, 5), (0, 4, 5, 7)]
    found = detections(boxes, [1, 2], [0.5, 0.9], (6, 9))
    found.masks[1][0, 0] = 0
    return found


def whole_masks(found):
    masks = np.zeros((len(found), *found.size), np.uint8)
    for whole, mask, (y1, x1, y2, x2) in zip(
        masks, found.masks, found.frames, strict=True
    ):
        whole[y1:y2, x1:x2] = mask
    return masks


def test_parts_of_an_image_join():
    a, b = some(), some().placed((10, 20), (40, 50))
    assert b.size == (40, 50) and b.frames.tolist()[0] == [11, 22, 13, 25]
    np.testing.assert_allclose(b.boxes, b.frames)
    np.testing.assert_array_equal(whole_masks(b)[:, 10:16, 20:29], whole_masks(a))
    both = Detections.joined([b, b.select([1]), b.select([])])
    assert both.classes.tolist() == [1, 2, 2] and len(both.masks) == 3
    assert both.scores.tolist() == pytest.approx([0.5, 0.9, 0.9])


def test_flips_and_turns_are_those_of_numpy():
    found = some()
    flipped = whole_masks(found)[:, :, ::-1]
    np.testing.assert_array_equal(whole_masks(found.flip()), flipped)
    for quarters in range(-1, 5):
        turned = found.turn(quarters)
        expected = np.rot90(whole_masks(found), quarters, axes=(1, 2))
        np.testing.assert_array_equal(whole_masks(turned), expected)
        np.testing.assert_array_equal(turned.boxes, turned.frames)
        assert turned.classes.tolist() == [1, 2]
