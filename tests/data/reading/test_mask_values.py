from pathlib import Path

import numpy as np
import pytest

from kseg.data.reading import mask_values as masks
from kseg.data.reading.object_masks import instance_ids
from kseg.errors import DataError
from kseg.imaging import voc_palette
from kseg.imaging.masks import Mask

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
        lambda: instance_ids(COLOURS, PATH),
    ],
    ids=["numbers", "mapped", "ids"],
)
def test_colours_in_place_of_numbers(read):
    with pytest.raises(DataError, match=r"m\.png: expected .*Received: .*colours\. "):
        read()


def test_of_two_classes_the_ignored_value_alone_is_asked_about():
    both = np.array([[0, 1, 255]], np.int32)
    assert masks.number_labels(both, 2, 255, PATH).tolist() == both.tolist()
    with pytest.raises(
        DataError, match="m.png: expected label 1 beside 255.*save it as"
    ):
        masks.number_labels(both[:, ::2], 2, 255, PATH)
    assert masks.number_labels(both[:, ::2], 3, 255, PATH).tolist() == [[0, 255]]


def test_a_mask_that_lies_on_its_side():
    mask = np.zeros((4, 6), np.int32)
    assert masks.sized(mask, (4, 6), PATH) is mask
    with pytest.raises(DataError, match="without resizing, turned as viewers show the"):
        masks.sized(mask, (6, 4), PATH)
    with pytest.raises(DataError, match=r"without resizing\.$"):
        masks.sized(mask, (6, 5), PATH)


def test_numbers_of_vocs_colours():
    palette = np.array(voc_palette(256), np.uint8)
    mask = Mask(np.array([[0, 1, 2]]), palette[[0, 15, 255]])
    assert masks.stored_numbers(mask, "voc", PATH).tolist() == [[0, 15, 255]]
    assert masks.stored_numbers(mask, "ids", PATH).tolist() == [[0, 1, 2]]
    coloured = Mask(palette[[[3, 20]]])
    assert masks.stored_numbers(coloured, "voc", PATH).tolist() == [[3, 20]]
    gray = Mask(np.array([[0, 15]]))
    assert masks.stored_numbers(gray, "voc", PATH) is gray.values
    foreign = Mask(np.array([[0, 1]]), np.array([[0, 0, 0], [1, 2, 3]], np.uint8))
    with pytest.raises(
        DataError, match=r"Received: \[1, 2, 3\] at row 0, column 1, an"
    ):
        masks.stored_numbers(foreign, "voc", PATH)
