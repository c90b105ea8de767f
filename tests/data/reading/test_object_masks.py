from pathlib import Path

import cv2
import numpy as np
import pytest

from kseg.data.reading import object_masks as masks
from kseg.errors import DataError
from tests.data.folders import png, write

PATH = Path("m.png")


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


BOX = np.zeros((20, 24), bool)
BOX[5:12, 6:15] = True
WHITE_FIRST = bytes([255, 255, 255, 0, 0, 0])
EQUAL = bytes(6)


def gray(value, dtype=np.uint8):
    return lambda path: write(path, (BOX * value).astype(dtype))


@pytest.mark.parametrize(
    "save",
    [
        gray(255),
        gray(1),
        gray(7),
        gray(65535, np.uint16),
        gray(300, np.uint16),
        lambda path: write(path, BOX[..., None] * np.uint8([90, 0, 40])),
        lambda path: write(path, np.where(BOX, 200, 3).astype(np.uint8)),
        lambda path: png(path, BOX, 1, 0),
        lambda path: png(path, BOX, 8, 3, WHITE_FIRST[::-1]),
        lambda path: png(path, ~BOX, 8, 3, WHITE_FIRST),
        lambda path: png(path, BOX, 8, 3, EQUAL),
    ],
    ids=["255", "1", "7", "16 bit", "300", "colour", "no black", "1 bit", "palette",
         "white first", "equal colours"],
)  # fmt: skip
def test_an_object_of_two_values(tmp_path, save):
    ids = masks.merge([save(tmp_path / "a.png")], BOX.shape)
    np.testing.assert_array_equal(ids, BOX)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_smoothed_edges_are_cut_at_half(tmp_path, depth, channels):
    disc = cv2.circle(np.zeros((40, 40), np.uint8), (20, 20), 9, 255, -1, cv2.LINE_AA)
    mask = disc.astype(depth) * (np.iinfo(depth).max // 255)
    if channels == 3 and depth == np.uint8:
        mask = np.repeat(mask[..., None], 3, axis=2) * np.uint8([1, 0, 1])
    ids = masks.merge([write(tmp_path / "a.png", mask)], disc.shape)
    np.testing.assert_array_equal(ids, disc > 127)


def test_noise_of_jpeg_is_no_object(tmp_path):
    """All that is not zero is ten times the object."""
    mask = np.random.default_rng(0).integers(0, 9, BOX.shape, np.uint8)
    mask[BOX] = 250
    mask[6, 7] = 255
    ids = masks.merge([write(tmp_path / "a.png", mask)], BOX.shape)
    np.testing.assert_array_equal(ids, BOX)


def test_nothing_above_half_is_refused(tmp_path):
    mask = np.random.default_rng(0).integers(0, 99, BOX.shape, np.uint8)
    with pytest.raises(
        DataError, match=r"a\.png: .*up to 255. Received: grays from 0 to"
    ):
        masks.merge([write(tmp_path / "a.png", mask)], BOX.shape)


def test_masks_that_are_turned_over_are_refused(tmp_path):
    path = write(tmp_path / "a.png", np.uint8(255) * ~BOX)
    with pytest.raises(DataError, match=r"white in all four corners and on 87 % of it"):
        masks.merge([path], BOX.shape)
    write(path, np.uint8(255) * BOX)  # what the message advises
    np.testing.assert_array_equal(masks.merge([path], BOX.shape), BOX)


def test_an_object_may_fill_the_image_or_touch_its_sides(tmp_path):
    whole = write(tmp_path / "a.png", np.full(BOX.shape, 255, np.uint8))
    assert (masks.merge([whole], BOX.shape) == 1).all()
    most = np.full(BOX.shape, 255, np.uint8)
    most[:3] = 0
    path = write(tmp_path / "b.png", most)
    np.testing.assert_array_equal(masks.merge([path], BOX.shape), most > 0)
