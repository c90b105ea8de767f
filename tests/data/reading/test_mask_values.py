from pathlib import Path

import numpy as np
import pytest

from kseg.data.reading import mask_values as masks
from kseg.errors import DataError
from tests.data.folders import write

PATH = Path("m.png")
COLOURS = np.array([[[0, 0, 0], [255, 0, 0], [0, 0, 255]]], np.uint8)


def test_number_labels():
    mask = np.array([[0, 2, 255], [1, 1, 0]], np.int32)
    out = masks.number_labels(mask, 3, 255, PATH)
    assert out.dtype == np.uint8
    np.testing.assert_array_equal(out, mask)


def test_the_first_bad_pixel_is_named_and_all_are_counted():
    mask = np.array([[0, 1, 2], [0, 7, 9]], np.int32)
    message = "m.png: expected labels 0 to 2, or 255 to ignore. Received: 7 at row 1, "
    with pytest.raises(DataError, match=message + "column 1, and 1 more such pixels"):
        masks.number_labels(mask, 3, 255, PATH)
    with pytest.raises(DataError, match="Received: -1 at row 0, column 0"):
        masks.number_labels(mask - 1, 3, 255, PATH)


def test_mapped_labels():
    stored = {0: 0, 1: 255, 2: 1, 3: 7, 9: 255, 255: 255}
    mask = np.array([[0, 1, 2], [3, 9, 255]], np.int32)
    labels = masks.mapped_labels(mask, stored, PATH)
    assert labels.dtype == np.uint8 and labels.tolist() == [[0, 255, 1], [7, 255, 255]]
    for bad in (4, 10, 254, 256, 70000, -1, -300):
        mask[1, 0] = bad
        message = f"expected 0 to 3, 9, 255 in a mask.*Received: {bad} at row 1, col"
        with pytest.raises(DataError, match=message):
            masks.mapped_labels(mask, stored, PATH)


def test_colour_labels():
    palette = ((0, 0, 255), (0, 0, 0), (255, 0, 0))  # not in the order of the numbers
    assert masks.colour_labels(COLOURS, palette, PATH).tolist() == [[1, 2, 0]]
    with pytest.raises(
        DataError, match=r"one of the 2 colours.*\[0, 0, 255\] at row 0"
    ):
        masks.colour_labels(COLOURS, palette[1:], PATH)


def test_a_gray_mask_among_colours():
    black = np.zeros((2, 3), np.int32)
    palette = ((255, 0, 0), (0, 0, 0))
    assert (masks.colour_labels(black, palette, PATH) == 1).all()


@pytest.mark.parametrize(
    "read",
    [
        lambda: masks.number_labels(COLOURS, 3, 255, PATH),
        lambda: masks.mapped_labels(COLOURS, {0: 0}, PATH),
        lambda: masks.instance_ids(COLOURS, PATH),
    ],
    ids=["numbers", "mapped", "ids"],
)
def test_colours_in_place_of_numbers(read):
    with pytest.raises(DataError, match=r"m\.png: expected .*Received: .*colours\. "):
        read()


def test_instance_ids():
    ids = np.array([[0, 70000]], np.int32)
    assert masks.instance_ids(ids, PATH) is ids
    with pytest.raises(DataError, match="ids of 0 or more. Received: -3 at row 0"):
        masks.instance_ids(ids - 3, PATH)


def test_merge_keeps_the_first_of_two_that_overlap(tmp_path):
    parts = np.zeros((4, 2, 5), np.uint8)
    parts[0, :, :3] = parts[1, :, 2:4] = parts[3, 0, 4] = 255  # parts[2] is empty
    files = [write(tmp_path / f"{i}.png", part) for i, part in enumerate(parts)]
    ids = masks.merge(files, (2, 5))
    assert ids.dtype == np.int32
    assert ids.tolist() == [[1, 1, 1, 2, 3], [1, 1, 1, 2, 0]]
    with pytest.raises(DataError, match=r"0\.png: expected the image's size, 2x6"):
        masks.merge(files, (2, 6))
