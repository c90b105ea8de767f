import numpy as np
import pytest
import tifffile
from PIL import Image

from kseg.imaging import read_mask
from kseg.imaging.bad_file import BadFile
from kseg.imaging.masks import read_stored_mask, stored_bits
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


@pytest.mark.parametrize("options", [{}, {"exif": True}])
def test_lossy_webp_is_refused(tmp_path, options):
    path = tmp_path / "x.webp"
    exif = {"exif": b"Exif\0\0"} if options else {}
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(path, **exif)
    with pytest.raises(BadFile, match="Received: a lossy WebP file.*Save the masks as"):
        read_mask(path)
    Image.fromarray(np.eye(8, dtype=np.uint8)).save(path, lossless=True, **exif)
    np.testing.assert_array_equal(read_mask(path), np.eye(8))


def test_jpeg_inside_a_tiff_is_refused(tmp_path):
    path = tmp_path / "x.tif"
    Image.fromarray(np.zeros((16, 16), np.uint8)).save(path, compression="jpeg")
    with pytest.raises(BadFile, match="Received: a JPEG file"):
        read_mask(path)


HARD = np.where(np.eye(20, dtype=bool), 255, 0).astype(np.uint8)


@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.webp"])
@pytest.mark.parametrize("colour", [0, 255])
def test_a_shape_in_the_alpha_channel_alone(tmp_path, name, colour):
    flat = np.full((20, 20, 3), colour, np.uint8)
    options = {"lossless": True, "exact": True} if name == "x.webp" else {}
    Image.fromarray(np.dstack([flat, HARD])).save(tmp_path / name, **options)
    with pytest.raises(BadFile, match="in the alpha channel. Save the mask with"):
        read_mask(tmp_path / name)
    if name != "x.webp":
        Image.fromarray(np.dstack([flat[..., 0], HARD]), "LA").save(tmp_path / name)
        with pytest.raises(BadFile, match="in the alpha channel"):
            read_mask(tmp_path / name)


def test_the_cure_for_a_shape_in_the_alpha_channel_works(tmp_path):
    path = tmp_path / "x.png"
    Image.fromarray(np.dstack([np.full((20, 20, 3), 255, np.uint8), HARD])).save(path)
    with pytest.raises(
        BadFile, match="without transparency, the object white on black"
    ):
        read_mask(path)
    Image.open(path).getchannel("A").save(path)
    np.testing.assert_array_equal(read_mask(path), HARD)


def test_an_object_that_is_the_colour_of_the_transparent_background(tmp_path):
    colours = np.zeros((20, 20, 3), np.uint8)
    colours[5:9] = (200, 0, 0)  # one class; the other is black and opaque
    alpha = np.zeros((20, 20), np.uint8)
    alpha[5:15] = 255
    Image.fromarray(np.dstack([colours, alpha])).save(tmp_path / "x.png")
    with pytest.raises(BadFile, match="in the alpha channel"):
        read_mask(tmp_path / "x.png")


@pytest.mark.parametrize("alpha", [0, 128, 255, None])
def test_alpha_that_says_nothing_of_its_own(tmp_path, alpha):
    """It is the same everywhere, or follows the colours."""
    layer = HARD if alpha is None else np.full_like(HARD, alpha)
    Image.fromarray(np.dstack([HARD, HARD, HARD, layer])).save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "x.png"), HARD)


def test_numbers_past_float32_stay_apart(tmp_path):
    ids = np.array([[0, 2**24, 2**24 + 1]], np.uint32)
    tifffile.imwrite(tmp_path / "x.tif", ids)
    np.testing.assert_array_equal(read_mask(tmp_path / "x.tif"), ids)


def test_numbers_past_32_bits_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", np.array([[0, 2**32 - 1]], np.uint32))
    with pytest.raises(BadFile, match="expected integers. Received: 4294967295"):
        read_mask(tmp_path / "x.tif")


def test_white_is_zero_of_another_program(tmp_path):
    path = tmp_path / "x.tif"
    options = {"photometric": "miniswhite", "metadata": None}
    tifffile.imwrite(path, HARD, software="Paint", **options)
    with pytest.raises(BadFile, match="white is 0.*Save the mask as PNG"):
        read_mask(path)
    tifffile.imwrite(path, HARD, imagej=True, photometric="minisblack")
    data = path.read_bytes()
    at = data.index(b"\x06\x01\x03\0\x01\0\0\0\x01") + 8
    path.write_bytes(data[:at] + b"\0" + data[at + 1 :])  # ImageJ's inverting table
    np.testing.assert_array_equal(read_mask(path), HARD)


def test_orientation_is_that_of_the_image(tmp_path):
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    palette = Image.fromarray(values, "P")
    palette.putpalette(list(range(20, 80)))
    exif = Image.Exif()
    exif[274] = 6
    for picture in (palette, Image.fromarray(values)):
        picture.save(tmp_path / "x.png", exif=exif)
        read = read_mask(tmp_path / "x.png")
        np.testing.assert_array_equal(read, np.rot90(values, -1))


def test_depth_and_white(tmp_path):
    def of(array, name="x.tif", **options):
        if name == "x.tif":
            tifffile.imwrite(tmp_path / name, array, **options)
        else:
            write(tmp_path / name, array)
        mask = read_stored_mask(tmp_path / name)
        return mask.bits, mask.white

    gray = np.zeros((4, 8), np.uint8)
    assert of(gray, "x.png") == (8, 255)
    assert of(gray.astype(np.uint16), "x.png") == (16, 65535)
    assert of(gray) == (8, 255) and of(gray.astype(np.uint16)) == (16, 65535)
    assert of(gray.astype(np.float32)) == (32, 1)
    assert of(gray > 0, photometric="minisblack") == (1, 255)
    mask = read_stored_mask(png(tmp_path / "y.png", gray, 2, 0))
    assert (mask.bits, mask.white) == (2, 3)


def test_what_is_shown_of_a_palette(tmp_path):
    values = np.array([[0, 1, 1, 0, 2, 2, 0, 1]])
    grays = bytes([0, 0, 0, 90, 90, 90, 50, 50, 50])
    mask = read_stored_mask(png(tmp_path / "x.png", values, 8, 3, grays))
    assert mask.grays().tolist() == [[0, 90, 90, 0, 50, 50, 0, 90]]
    assert mask.shown()[0, 4].tolist() == [50, 50, 50]
    colour = bytes([0, 0, 0, 90, 0, 90, 50, 50, 50])
    mask = read_stored_mask(png(tmp_path / "x.png", values, 8, 3, colour))
    np.testing.assert_array_equal(mask.grays(), values)
    assert mask.shown()[0, 1].tolist() == [90, 0, 90]
    ramp = bytes(v for i in range(256) for v in (i, i, i))
    assert read_stored_mask(png(tmp_path / "x.png", values, 8, 3, ramp)).palette is None


def test_an_index_past_the_palette(tmp_path):
    path = png(tmp_path / "x.png", np.array([[0, 7, 1]]), 8, 3, bytes(6))
    with pytest.raises(BadFile, match="of the palette, 0 to 1. Received: 7"):
        read_mask(path)
