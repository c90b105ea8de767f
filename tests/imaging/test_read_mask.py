import numpy as np
import pytest
import tifffile

from kseg.imaging import read_mask
from kseg.imaging.bad_file import BadFile
from kseg.imaging.masks import stored_bits
from tests.data.folders import png, write


def test_ids_of_16_bits(tmp_path):
    ids = np.array([[0, 1, 375], [65535, 2, 0]], np.uint16)
    read = read_mask(write(tmp_path / "x.png", ids))
    assert read.dtype == np.int32
    np.testing.assert_array_equal(read, ids)


def test_ids_of_32_bits_and_floats(tmp_path):
    ids = np.array([[0, 1], [100000, 2]], np.int32)
    for dtype in (np.int32, np.float32):
        tifffile.imwrite(tmp_path / "x.tif", ids.astype(dtype))
        np.testing.assert_array_equal(read_mask(tmp_path / "x.tif"), ids)


def test_colours_stay_and_grays_become_numbers(tmp_path):
    colours = np.array([[[255, 0, 0], [0, 0, 9]]], np.uint8)
    np.testing.assert_array_equal(
        read_mask(write(tmp_path / "x.png", colours)), colours
    )
    gray = np.repeat(np.array([[[3], [7]]], np.uint8), 3, axis=2)
    np.testing.assert_array_equal(read_mask(write(tmp_path / "x.png", gray)), [[3, 7]])


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_palette_gives_indices(tmp_path, depth):
    values = np.arange(16).reshape(2, 8) % min(2**depth, 6)
    palette = bytes([0, 0, 0, 128, 0, 0, 0, 128, 0, 9, 9, 9, 1, 2, 3, 0, 0, 200])
    path = png(tmp_path / "x.png", values, depth, 3, palette[: 3 * 2**depth])
    np.testing.assert_array_equal(read_mask(path), values)


def test_palette_of_grays(tmp_path):
    values = np.arange(16).reshape(2, 8) % 3
    path = png(tmp_path / "x.png", values, 2, 3, bytes([0] * 3 + [90] * 3 + [50] * 3))
    np.testing.assert_array_equal(read_mask(path), values)


@pytest.mark.parametrize(("depth", "most"), [(2, 3), (4, 15)])
def test_few_bits_are_not_stretched(tmp_path, depth, most):
    values = np.arange(16).reshape(2, 8) % (most + 1)
    np.testing.assert_array_equal(
        read_mask(png(tmp_path / "x.png", values, depth, 0)), values
    )


def test_one_bit_is_binary(tmp_path):
    values = np.arange(16).reshape(2, 8) % 2
    np.testing.assert_array_equal(
        read_mask(png(tmp_path / "x.png", values, 1, 0)), values * 255
    )


def test_stored_bits(tmp_path):
    gray = np.zeros((2, 3), np.uint8)
    assert stored_bits(write(tmp_path / "a.png", gray)) == 8
    assert stored_bits(write(tmp_path / "b.png", gray.astype(np.uint16))) == 16
    assert stored_bits(write(tmp_path / "c.bmp", gray)) == 8
    tifffile.imwrite(tmp_path / "d.tif", gray.astype(np.int32))
    assert stored_bits(tmp_path / "d.tif") == 32


def test_jpeg_is_refused(tmp_path):
    path = write(tmp_path / "x.jpg", np.zeros((8, 8), np.uint8))
    with pytest.raises(
        BadFile, match="lossless mask. Received: a JPEG.*Save the masks"
    ):
        read_mask(path)


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf])
def test_fractions_are_refused(tmp_path, value):
    tifffile.imwrite(tmp_path / "x.tif", np.array([[0, value]], np.float32))
    with pytest.raises(BadFile, match="expected integers. Received:"):
        read_mask(tmp_path / "x.tif")


def test_16_bit_colours_are_refused(tmp_path):
    path = write(tmp_path / "x.png", np.zeros((2, 3, 3), np.uint16))
    with pytest.raises(BadFile, match="Received: 3 channels of uint16"):
        read_mask(path)
