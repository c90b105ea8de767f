"""Colours; palettes and numbers have their own files."""

import cv2
import numpy as np
import pytest

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

PACKED = palette(drawn(1, 2), BLACK, RED, GREEN)


def test_colours_of_classes_are_compared_with_colours(tmp_path):
    root = data(tmp_path, [PACKED, np.array([BLACK, RED], np.uint8)[drawn(1, 0)]],
                COLOURED)  # fmt: skip
    dataset = open_dataset(root)
    assert labels(dataset) == [0, 2, 1] and labels(dataset, 1) == [0, 2, 0]
    write(root / "masks" / "1.png", drawn())
    message = r"1\.png: .*one of the 3 colours.*where masks hold numbers, names alone"
    with pytest.raises(DataError, match=message):
        open_dataset(root).target(1)


def smoothed():
    disc = cv2.circle(np.zeros((20, 24), np.uint8), (12, 9), 6, 255, -1, cv2.LINE_AA)
    weight = (disc / 255)[..., None]
    return (weight * (255, 0, 0) + (1 - weight) * (0, 0, 60)).round().astype(np.uint8)


def test_smoothed_colours_are_refused(tmp_path):
    with pytest.raises(DataError, match="colours, of which .* lie at edges only"):
        open_dataset(data(tmp_path, [smoothed()] * 2))
    (tmp_path / "classes.txt").write_text("ground 0 0 60\nred 255 0 0\n")
    with pytest.raises(DataError, match="one of the 2 colours.*no smoothed edges"):
        open_dataset(tmp_path).target(0)
    hard = np.where(smoothed()[..., :1] > 127, (255, 0, 0), (0, 0, 60)).astype(np.uint8)
    for i in range(2):  # what the message advises
        write(tmp_path / "masks" / f"{i}.png", hard)
    (tmp_path / "classes.txt").unlink()
    assert open_dataset(tmp_path).class_names == ("#00003c", "#ff0000")


def test_one_colour_alone(tmp_path):
    flat = np.full((20, 24, 3), (9, 0, 0), np.uint8)
    with pytest.raises(DataError, match="every pixel is #090000"):
        open_dataset(data(tmp_path, [flat, flat]))
    (tmp_path / "classes.txt").write_text("ground 0 0 0\nred 9 0 0\n")
    with pytest.raises(DataError, match="every pixel is #090000"):
        open_dataset(tmp_path)


def test_classes_that_no_mask_holds_are_listed(tmp_path):
    colours = np.array([BLACK, RED, GREEN], np.uint8)[drawn(1, 0)]
    root = data(tmp_path, [colours] * 2, COLOURED)
    assert [p.what for p in check_data(root)][0].endswith("Received: none with green")
    assert "none with green" in open_dataset(root).notes[0]


def test_deep_numbers_among_colours(tmp_path):
    colours = np.array([BLACK, RED, GREEN], np.uint8)[drawn()]
    deep = drawn().astype(np.uint16) * 300
    with pytest.raises(DataError, match=r"1\.png: expected labels of 0 to 255"):
        open_dataset(data(tmp_path, [colours, deep]), format="folder")


def test_a_file_of_colours_among_named_numbers_proves_nothing(tmp_path):
    coloured = np.array([BLACK, RED, GREEN], np.uint8)[drawn()]
    masks = [grays(1 - drawn(1, 1), 255, 0)] * 2 + [coloured]
    dataset = open_dataset(data(tmp_path, masks, ("ground", "thing")))
    assert labels(dataset) == [0, 1, 1]
    with pytest.raises(DataError, match=r"2\.png: expected 0, 255.*Received: colours"):
        dataset.target(2)


def test_numbers_among_colours_are_refused(tmp_path):
    coloured = np.array([BLACK, RED, GREEN], np.uint8)[drawn()]
    root = data(tmp_path, [coloured, drawn(1, 2)])
    with pytest.raises(
        DataError, match=r"1\.png: expected colours, as 0\.png.* 1 and 2"
    ):
        open_dataset(root)
    white = np.array([BLACK, RED, WHITE], np.uint8)
    write(root / "masks" / "0.png", white[drawn()])
    write(root / "masks" / "1.png", white[drawn(0, 2)])  # grays alone, and one known
    assert labels(open_dataset(root), 1) == [0, 0, 2]
    write(root / "masks" / "0.png", white[drawn(1, 0)])
    with pytest.raises(DataError, match="write classes.txt"):
        open_dataset(root)
    (root / "classes.txt").write_text("a 0 0 0\nb 200 0 0\nc 255 255 255\n")
    assert labels(open_dataset(root), 1) == [0, 0, 2]  # as the message advises
