import cv2
import numpy as np
import pytest
from PIL import Image

from kseg.data import check_data, open_dataset
from kseg.errors import DataError
from tests.data.folders import write
from tests.data.mask_folders import (
    BLACK,
    COLOURED,
    GREEN,
    RED,
    WHITE,
    data,
    drawn,
    grays,
    labels,
    palette,
)

SWAPPED = [
    palette(drawn(1, 2), BLACK, RED, GREEN),
    palette(drawn(2, 1), BLACK, GREEN, RED),
]


def test_one_palette_for_all_gives_indices(tmp_path):
    root = data(tmp_path, [SWAPPED[0]] * 2)
    dataset = open_dataset(root)
    assert dataset.class_names == ("background", "class 1", "class 2")
    assert labels(dataset) == labels(dataset, 1) == [0, 1, 2]


@pytest.mark.parametrize("classes", [None, ("a", "b", "c")])
def test_palettes_that_differ_are_refused_and_the_cure_works(tmp_path, classes):
    root = data(tmp_path, SWAPPED, classes)
    message = (
        r"1\.png: expected the palette of 0\.png.*index 1 is another colour. Write the "
        "colour of each class"
    )
    with pytest.raises(DataError, match=message):
        open_dataset(root)
    (root / "classes.txt").write_text("\n".join(COLOURED))
    dataset = open_dataset(root)
    assert labels(dataset) == labels(dataset, 1) == [0, 2, 1]
    assert check_data(root) == []


def test_a_colour_that_moves_to_another_index(tmp_path):
    """No index has two colours: the first file lacks green, the second red."""
    masks = [palette(drawn(1, 0), BLACK, RED), palette(drawn(0, 2), BLACK, RED, GREEN),
             palette(drawn(3, 0), BLACK, GREEN, GREEN, RED)]  # fmt: skip
    with pytest.raises(DataError, match=r"2\.png: .*#c80000 has another index"):
        open_dataset(data(tmp_path, masks))


def test_a_palette_that_repeats_colours(tmp_path):
    repeating = (BLACK, BLACK, RED, RED)
    masks = [palette(drawn(2, 3), *repeating), palette(drawn(3, 1), *repeating)]
    root = data(tmp_path, masks, ("ground", "a", "b", "c"))
    assert labels(open_dataset(root)) == [0, 2, 3]
    assert labels(open_dataset(root), 1) == [0, 3, 1]
    (root / "classes.txt").write_text("ground 0 0 0\nred 200 0 0\n")
    assert labels(open_dataset(root)) == [0, 1, 1]  # stated colours decide


def test_unused_entries_may_differ(tmp_path):
    masks = [palette(drawn(1, 2), BLACK, RED, GREEN),
             palette(drawn(1, 2), BLACK, RED, GREEN, WHITE)]  # fmt: skip
    assert labels(open_dataset(data(tmp_path, masks)), 1) == [0, 1, 2]


def test_white_first_is_not_inverted(tmp_path):
    masks = [grays(1 - drawn(1, 1), 255, 0), grays(drawn(1, 1), 0, 255)]
    for classes in (None, ("ground", "thing")):
        dataset = open_dataset(data(tmp_path, masks, classes))
        assert labels(dataset) == labels(dataset, 1) == [0, 1, 1]


@pytest.mark.parametrize("ending", [".gif", ".bmp"])
def test_binary_masks_of_other_formats(tmp_path, ending):
    def saved(mode):
        return lambda path: Image.fromarray(drawn(255, 255)).convert(mode).save(path)

    dataset = open_dataset(data(tmp_path, [saved("L"), saved("1")], ending=ending))
    assert labels(dataset) == labels(dataset, 1) == [0, 1, 1]


def test_gray_numbers_packed_in_a_palette(tmp_path):
    names = [f"k{i}" for i in range(9)]
    packed = [grays(drawn(1, 2), 0, 5, 7), grays(drawn(0, 1), 0, 7), drawn(5, 8)]
    for classes in (names, None):
        dataset = open_dataset(data(tmp_path, packed, classes))
        assert dataset.mask_values == "grays" and len(dataset.class_names) == 9
        assert labels(dataset) == [0, 5, 7] and labels(dataset, 1) == [0, 0, 7]
        assert labels(dataset, 2) == [0, 5, 8]


def test_grays_that_are_for_the_eye_give_indices(tmp_path):
    masks = [grays(drawn(1, 2), 0, 128, 255)] * 2
    for classes in (None, ("a", "b", "c")):
        dataset = open_dataset(data(tmp_path, masks, classes))
        assert len(dataset.class_names) == 3 and labels(dataset) == [0, 1, 2]


def test_grays_that_can_be_both_are_asked_about(tmp_path):
    root = data(tmp_path, [grays(drawn(1, 2), 0, 3, 255)], [f"k{i}" for i in range(9)])
    with pytest.raises(DataError, match="both the grays and the indices can be labels"):
        open_dataset(root)
    # What the message advises: colours, or gray without a palette.
    (root / "classes.txt").write_text("a 0 0 0\nb 3 3 3\nc 255 255 255\n")
    assert labels(open_dataset(root)) == [0, 1, 2]
    write(root / "masks" / "0.png", drawn(3, 255))
    (root / "classes.txt").write_text("\n".join(f"k{i}" for i in range(9)))
    assert labels(open_dataset(root)) == [0, 3, 255]


def test_smoothed_grays_in_palettes(tmp_path):
    disc = cv2.circle(np.zeros((20, 24), np.uint8), (12, 9), 6, 255, -1, cv2.LINE_AA)
    used, at = np.unique(disc, return_inverse=True)
    packed = grays(at.reshape(disc.shape), *used.tolist())
    dataset = open_dataset(data(tmp_path, [packed, packed]))
    np.testing.assert_array_equal(dataset.target(0), disc > 127)
    assert [p.what[:33] for p in check_data(tmp_path)][0] == (
        "expected masks of two values. Rec"
    )


def test_two_values_of_a_coloured_palette_are_indices(tmp_path):
    masks = [palette(drawn(3, 3), BLACK, RED, GREEN, WHITE, (9, 9, 0))]
    masks += [palette(drawn(4, 4), BLACK, RED, GREEN, WHITE, (9, 9, 0))]
    dataset = open_dataset(data(tmp_path, masks))
    assert len(dataset.class_names) == 5 and labels(dataset) == [0, 3, 3]


def test_a_number_that_is_no_index_of_the_palette(tmp_path):
    masks = [palette(drawn(1, 0), BLACK, RED), drawn(128, 0)]
    message = r"1\.png: expected indices of the palette of 0\.png. Received: 128"
    with pytest.raises(DataError, match=message):
        open_dataset(data(tmp_path, masks))
    write(tmp_path / "masks" / "1.png", drawn(1, 0))  # in one way
    assert labels(open_dataset(tmp_path), 1) == [0, 1, 0]
