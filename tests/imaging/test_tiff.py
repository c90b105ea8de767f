import cv2
import numpy as np
import pytest
import tifffile

from kseg.imaging import read_image, read_mask
from kseg.imaging.bad_file import BadFile

RNG = np.random.default_rng(0)
STACK = RNG.integers(0, 60000, (5, 6, 8), np.uint16)  # channels first
LAST = STACK.transpose(1, 2, 0)


def tif(tmp_path, array, **options):
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, array, **options)
    return path


@pytest.mark.parametrize(
    ("array", "options", "expected"),
    [
        (STACK[0], {}, LAST[..., :1]),
        (STACK, {}, LAST),  # axes unknown: the first axis is the shorter one
        (LAST, {"planarconfig": "contig", "photometric": "minisblack"}, LAST),
        (STACK, {"planarconfig": "separate", "photometric": "minisblack"}, LAST),
        (STACK[:3], {"imagej": True, "metadata": {"axes": "CYX"}}, LAST[..., :3]),
        (LAST[..., :3], {"photometric": "rgb"}, LAST[..., :3]),
        (LAST[..., :4], {"photometric": "rgb"}, LAST[..., :3]),  # the fourth is alpha
        (STACK[0], {"byteorder": ">"}, LAST[..., :1]),
        (STACK[0], {"compression": "zlib"}, LAST[..., :1]),
        (STACK[0], {"bigtiff": True}, LAST[..., :1]),
        (STACK[0], {"tile": (16, 16)}, LAST[..., :1]),
    ],
    ids=[
        "gray", "planes", "pixels", "planar", "imagej", "rgb", "rgba", "big endian",
        "zlib", "bigtiff", "tiled",
    ],
)  # fmt: skip
def test_layouts(tmp_path, array, options, expected):
    read = read_image(tif(tmp_path, array, **options))
    assert read.dtype == np.uint16 and read.dtype.isnative
    np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint32", "int32", "float64"])
def test_other_numbers_become_float32(tmp_path, dtype):
    array = np.arange(12).reshape(3, 4).astype(dtype)
    read = read_image(tif(tmp_path, array))
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read[..., 0], array)


def test_float32_keeps_nan(tmp_path):
    array = np.array([[0.5, np.nan], [np.inf, -2]], np.float32)
    np.testing.assert_array_equal(read_image(tif(tmp_path, array))[..., 0], array)


def test_bilevel(tmp_path):
    bits = np.eye(8, dtype=bool)
    path = tif(tmp_path, bits, photometric="minisblack")
    np.testing.assert_array_equal(read_image(path)[..., 0], bits * np.uint8(255))
    # tifffile states "white is zero" for booleans unless told otherwise: an image is
    # shown so, a mask keeps its numbers.
    path = tif(tmp_path, bits)
    np.testing.assert_array_equal(read_image(path)[..., 0], ~bits * np.uint8(255))
    np.testing.assert_array_equal(read_mask(path), bits * 255)


def test_white_is_zero(tmp_path):
    gray = np.arange(8, dtype=np.uint8).reshape(2, 4)
    inverted = tif(tmp_path, gray, photometric="miniswhite")
    np.testing.assert_array_equal(read_image(inverted)[..., 0], 255 - gray)


def test_palette_gives_colours_to_images_and_indices_to_masks(tmp_path):
    colours = np.zeros((3, 256), np.uint16)
    colours[:, 1] = 257 * np.array([10, 20, 30])
    indices = np.array([[0, 1], [1, 0]], np.uint8)
    path = tif(tmp_path, indices, photometric="palette", colormap=colours)
    assert read_image(path)[0].tolist() == [[0, 0, 0], [10, 20, 30]]
    np.testing.assert_array_equal(read_mask(path), indices)


def test_lzw_is_decoded_without_imagecodecs(tmp_path):
    rgb = RNG.integers(0, 256, (6, 9, 3), np.uint8)
    path = str(tmp_path / "x.tif")
    cv2.imwrite(path, rgb[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    np.testing.assert_array_equal(read_image(path), rgb)
    cv2.imwrite(path, STACK[0], [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    np.testing.assert_array_equal(read_image(path), LAST[..., :1])


@pytest.mark.parametrize(
    ("array", "options"),
    [
        (np.zeros((40, 50, 60), np.uint8), {}),
        (np.zeros((7, 6, 8), np.uint8), {"imagej": True, "metadata": {"axes": "ZYX"}}),
        (np.zeros((2, 3, 6, 8), np.uint8), {"imagej": True}),
    ],
    ids=["many", "depth", "time"],
)
def test_stacks_are_refused(tmp_path, array, options):
    with pytest.raises(BadFile, match=r"x\.tif: expected one plane.*Save each plane"):
        read_image(tif(tmp_path, array, **options))


def test_complex_numbers_are_refused(tmp_path):
    path = tif(tmp_path, np.zeros((3, 4), np.complex64))
    with pytest.raises(BadFile, match=r"real numbers. Received: dtype=complex64"):
        read_image(path)


@pytest.mark.parametrize("kept", [8, 40, -20])
def test_truncated(tmp_path, kept):
    path = tif(tmp_path, STACK[0], metadata=None)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadFile, match=r"x\.tif: this TIFF cannot be decoded"):
        read_image(path)


def test_a_compression_that_nothing_here_decodes(tmp_path):
    path = tif(tmp_path, STACK[0], metadata=None)
    data = bytearray(path.read_bytes())
    tag = data.index(b"\x03\x01\x03\x00\x01\x00\x00\x00")  # compression, 259
    data[tag + 8 : tag + 10] = (34712).to_bytes(2, "little")  # JPEG 2000
    path.write_bytes(data)
    with pytest.raises(BadFile, match="compression cannot be decoded.*imagecodecs"):
        read_image(path)
