import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

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


@pytest.fixture
def without_imagecodecs(monkeypatch):
    """What tifffile is where the package imagecodecs is missing."""
    import tifffile.tifffile as module
    from tifffile import _imagecodecs as without

    monkeypatch.setattr(module, "imagecodecs", without)
    codecs = type(module.TIFF.DECOMPRESSORS)(encode=False)
    monkeypatch.setattr(module._TIFF, "DECOMPRESSORS", codecs)


def test_a_compression_that_needs_imagecodecs_where_it_is_missing(
    tmp_path, without_imagecodecs
):
    path = tif(tmp_path, STACK[0], metadata=None)
    data = bytearray(path.read_bytes())
    tag = data.index(b"\x03\x01\x03\x00\x01\x00\x00\x00")  # compression, 259
    data[tag + 8 : tag + 10] = (34712).to_bytes(2, "little")  # JPEG 2000
    path.write_bytes(data)
    with pytest.raises(BadFile, match="compression cannot be decoded.*imagecodecs"):
        read_image(path)


SMALL = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
# What a viewer shows of rows and columns that begin elsewhere (TIFF 6.0, page 36).
SHOWN = {
    1: SMALL,
    2: SMALL[:, ::-1],
    3: SMALL[::-1, ::-1],
    4: SMALL[::-1],
    5: SMALL.transpose(1, 0, 2),
    6: np.rot90(SMALL, -1),
    7: SMALL[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90(SMALL, 1),
}


@pytest.mark.parametrize("orientation", SHOWN)
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
def test_orientation_of_images_and_masks(tmp_path, orientation, compression):
    path = tmp_path / "x.tif"
    options = {"tiffinfo": {274: orientation}, "compression": compression}
    Image.fromarray(SMALL).save(path, **options)
    np.testing.assert_array_equal(read_image(path), SHOWN[orientation])
    np.testing.assert_array_equal(read_mask(path), SHOWN[orientation])


def pages(tmp_path, *arrays, **options):
    first, *others = map(Image.fromarray, arrays)
    path = tmp_path / "x.tif"
    first.save(path, save_all=True, append_images=others, **options)
    return path


@pytest.mark.parametrize("count", [2, 3, 12])
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_pages_are_refused(tmp_path, count, compression):
    path = pages(tmp_path, *[SMALL[..., 0]] * count, compression=compression)
    message = f"one image. Received: a TIFF of {count} pages. Save each page as a file"
    for read in (read_image, read_mask):
        with pytest.raises(BadFile, match=message):
            read(path)


def test_a_page_of_another_size_is_another_image(tmp_path):
    path = pages(tmp_path, np.zeros((50, 60), np.uint8), np.zeros((25, 30), np.uint8))
    with pytest.raises(BadFile, match="a TIFF of 2 pages"):
        read_image(path)


def test_thumbnails_and_transparency_masks_are_no_pages(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as writer:
        writer.write(STACK[0])
        writer.write(STACK[0, ::2, ::2], subfiletype=1)
        writer.write(STACK[0] > 0, subfiletype=4, photometric=4)
    np.testing.assert_array_equal(read_image(tmp_path / "x.tif"), LAST[..., :1])


def test_three_planes_of_which_nothing_is_said_are_no_colours(tmp_path):
    path = tif(tmp_path, STACK[:3], photometric="minisblack")
    with pytest.raises(BadFile, match="axes=QYX.*if the planes are channels, name"):
        read_image(path)
    # What the message advises.
    options = {"photometric": "minisblack", "metadata": {"axes": "CYX"}}
    named = tif(tmp_path, STACK[:3], **options)
    np.testing.assert_array_equal(read_image(named), LAST[..., :3])


def test_channels_named_by_ome(tmp_path):
    path = tmp_path / "x.ome.tif"
    tifffile.imwrite(path, STACK[:4], metadata={"axes": "CYX"})
    np.testing.assert_array_equal(read_image(path), LAST[..., :4])
    tifffile.imwrite(path, STACK[:4], metadata={"axes": "ZYX"})
    with pytest.raises(BadFile, match="axes=ZYX"):
        read_image(path)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "packbits"])
def test_cmyk_becomes_rgb(tmp_path, compression):
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255], [0, 100, 0, 51]]])
    path = tmp_path / "x.tif"
    Image.fromarray(inks.astype(np.uint8), "CMYK").save(path, compression=compression)
    assert read_image(path)[0].tolist() == [
        [255, 255, 255], [0, 255, 255], [0, 0, 0], [204, 124, 204]
    ]  # fmt: skip
    with pytest.raises(BadFile, match="another colour space. Save the mask as PNG"):
        read_mask(path)


@pytest.mark.parametrize("mode", ["LAB", "YCbCr"])
def test_other_colour_spaces_are_refused(tmp_path, mode):
    path = tmp_path / "x.tif"
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).convert(mode).save(path)
    with pytest.raises(BadFile, match=r"x\.tif: expected gray, RGB.*Save it as RGB"):
        read_image(path)
    Image.open(path).convert("RGB").save(tmp_path / "y.tif")  # what it advises
    assert read_image(tmp_path / "y.tif").shape == (20, 30, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_is_dropped_and_divided_out(tmp_path, dtype):
    most = np.iinfo(dtype).max
    colours = np.array([[[200, 100, 50], [120, 0, 60], [9, 9, 9]]]).astype(dtype)
    alpha = np.array([[[most], [most // 2], [0]]], dtype)
    straight = np.concatenate([colours, alpha], axis=2)
    options = {"photometric": "rgb", "extrasamples": ["unassalpha"]}
    np.testing.assert_array_equal(
        read_image(tif(tmp_path, straight, **options)), colours
    )
    options["extrasamples"] = ["assocalpha"]
    read = read_image(tif(tmp_path, straight, **options))[0].astype(int)
    assert read[0].tolist() == [200, 100, 50]
    assert np.abs(read[1] - [240, 0, 120]).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_with_alpha_is_gray(tmp_path, dtype):
    both = np.array([[[1, 0], [2, 255]]], dtype)
    options = {"photometric": "minisblack", "planarconfig": "contig"}
    options["extrasamples"] = ["unassalpha"]
    path = tif(tmp_path, both, **options)
    assert read_image(path).tolist() == [[[1], [2]]]
    assert read_mask(path).tolist() == [[1, 2]]


def test_a_palette_of_8_bit_colours(tmp_path):
    colours = np.zeros((3, 256), np.uint16)
    colours[:, 1] = [10, 20, 30]
    indices = np.array([[0, 1]], np.uint8)
    path = tif(tmp_path, indices, photometric="palette", colormap=colours)
    assert read_image(path)[0].tolist() == [[0, 0, 0], [10, 20, 30]]


@pytest.mark.parametrize(
    "data",
    [
        b"II*\0\x08\0\0\0\0\0\0\0\0\0",  # a directory without an entry
        b"II*\0\0\0\0\0",  # no directory
        b"MM\0*\0\0\0\x08\0\x01" + bytes(40),
        b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0" + bytes(8),
    ],
)
def test_a_tiff_without_an_image_is_named(tmp_path, data):
    (tmp_path / "x.tif").write_bytes(data)
    for read in (read_image, read_mask):
        with pytest.raises(BadFile, match=r"x\.tif: this TIFF cannot be decoded"):
            read(tmp_path / "x.tif")


def test_a_claimed_size_is_not_believed(tmp_path):
    path = tif(tmp_path, STACK[0], metadata=None)
    data = bytearray(path.read_bytes())
    for tag in (256, 257):  # width and length
        at = data.index(tag.to_bytes(2, "little") + b"\x04\0\x01\0\0\0")
        data[at + 8 : at + 12] = b"\x40\x9c\0\0"  # 40,000
    path.write_bytes(data)
    with pytest.raises(BadFile, match="no more than its file can hold"):
        read_image(path)


def test_a_number_of_bits_that_needs_imagecodecs_where_it_is_missing(
    tmp_path, without_imagecodecs
):
    path = tif(tmp_path, STACK[0] % 4096, metadata=None)
    data = bytearray(path.read_bytes())
    at = data.index(b"\x02\x01\x03\0\x01\0\0\0")  # bits a sample, 258
    data[at + 8] = 12
    path.write_bytes(data)
    with pytest.raises(BadFile, match="number of bits cannot.*save it in 8 or 16 bits"):
        read_image(path)


BITS = RNG.integers(0, 2, (20, 30)).astype(bool)


@pytest.mark.parametrize(
    ("compression", "array"),
    [
        ("zstd", RNG.integers(0, 256, (20, 30), np.uint8)),
        ("group3", BITS),
        ("group4", BITS),
    ],
)
def test_what_imagecodecs_brings(tmp_path, compression, array):
    path = tmp_path / "x.tif"
    Image.fromarray(array).save(path, compression=compression)
    expected = array * np.uint8(255) if array.dtype == bool else array
    np.testing.assert_array_equal(read_image(path)[..., 0], expected)
    np.testing.assert_array_equal(read_mask(path), expected)


@pytest.mark.parametrize(
    ("array", "options"),
    [
        (STACK[0] % 4096, {"bitspersample": 12}),
        (STACK[0] / np.float32(3), {"compression": "lzw", "predictor": 3}),
        (STACK[0], {"compression": "lzw", "predictor": 2, "byteorder": ">"}),
    ],
    ids=["12 bits", "floats with a predictor", "big endian with a predictor"],
)
def test_what_needs_imagecodecs_to_be_written(tmp_path, array, options):
    path = tif(tmp_path, array, **options)
    np.testing.assert_array_equal(read_image(path)[..., 0], array)
