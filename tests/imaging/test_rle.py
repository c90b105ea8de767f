"""Run lengths: to the letter what pycocotools gives for the whole mask."""

import doctest

import numpy as np
import pytest
from pycocotools import mask as coco_mask

import kseg.imaging.rle
from kseg.imaging.rle import encode_rle


def whole(mask, frame, size):
    image = np.zeros(size, np.uint8, order="F")
    image[frame[0] : frame[2], frame[1] : frame[3]] = mask
    return image


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (5, 9), (130, 60)])
def test_equals_pycocotools(size):
    rng = np.random.default_rng(0)
    for density in (0, 0.1, 0.5, 0.9, 1):
        for _ in range(20):
            y1, x1 = (rng.integers(0, n) for n in size)
            y2, x2 = rng.integers(y1, size[0] + 1), rng.integers(x1, size[1] + 1)
            frame = (y1, x1, y2, x2)
            mask = (rng.random((y2 - y1, x2 - x1)) < density).astype(np.uint8)
            image = whole(mask, frame, size)
            expected = coco_mask.encode(image)
            found = encode_rle(mask, frame, size)
            assert found["counts"].encode() == expected["counts"]
            assert found["size"] == expected["size"]
            np.testing.assert_array_equal(coco_mask.decode(found), image)


def test_whole_columns_are_one_run():
    """Three columns of four set: twelve after eight, whatever the frame's edges."""
    code = encode_rle(np.ones((4, 3), np.uint8), (0, 2, 4, 5), (4, 9))
    expected = coco_mask.frPyObjects({"size": [4, 9], "counts": [8, 12, 16]}, 4, 9)
    assert code["counts"].encode() == expected["counts"]


def test_long_runs_need_several_letters():
    size = (4000, 3000)
    mask = np.zeros((100, 2), bool)
    mask[3, 1] = True
    code = encode_rle(mask, (3900, 2998, 4000, 3000), size)
    assert coco_mask.area(code) == 1
    assert coco_mask.toBbox(code).tolist() == [2999, 3903, 1, 1]


@pytest.mark.parametrize("frame", [(0, 0, 2, 3), (-1, 0, 1, 2), (3, 3, 5, 5)])
def test_a_frame_that_does_not_fit_is_refused(frame):
    with pytest.raises(ValueError, match="of the mask's size inside the image"):
        encode_rle(np.ones((2, 2)), frame, (4, 4))


def test_examples_in_docstrings():
    result = doctest.testmod(kseg.imaging.rle)
    assert result.attempted > 0 and result.failed == 0
