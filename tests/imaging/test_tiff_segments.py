import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from kseg.imaging import read_image
from kseg.imaging.bad_file import BadFile
from kseg.imaging.masks import read_stored_mask
from kseg.imaging.tiff_segments import unpacked

RNG = np.random.default_rng(0)
PHOTO = np.dstack(np.meshgrid(np.arange(0, 240, 3), np.arange(0, 180, 3))).astype(
    np.uint8
)
PHOTO = np.dstack([PHOTO, 255 - PHOTO[..., 0]])


def saved(array, **options):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "TIFF", **options)
    return file.getvalue()


def lzw(data):
    """A plain LZW encoder as TIFF has it; only for small arrays."""
    table, width, bits, out = {}, 9, 0, 0

    def put(code):
        nonlocal bits, out
        out, bits = out << width | code, bits + width

    put(256)
    prefix, following = b"", 258
    for byte in data:
        longer = prefix + bytes([byte])
        if len(longer) == 1 or longer in table:
            prefix = longer
            continue
        put(prefix[0] if len(prefix) == 1 else table[prefix])
        table[longer] = following
        following, prefix = following + 1, bytes([byte])
        width = 9 + (following > 511) + (following > 1023) + (following > 2047)
    put(prefix[0] if len(prefix) == 1 else table[prefix])
    put(257)
    pad = -bits % 8
    return (out << pad).to_bytes((bits + pad) // 8, "big")


def written(array, **options):
    """A TIFF with LZW strips or tiles, which tifffile writes from encoded parts."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file, byteorder=options.pop("byteorder", "<")) as writer:
        writer.write(array, **options)
    data = file.getvalue()
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages[0]
        pairs = zip(page.dataoffsets, page.databytecounts, strict=True)
        parts = [lzw(data[start : start + count]) for start, count in pairs]
    buffer = io.BytesIO(data)
    with tifffile.TiffFile(buffer, mode="r+") as tiff:
        tags, end = tiff.pages[0].tags, len(data)
        buffer.seek(end)
        buffer.write(b"".join(parts))
        part = "Tile" if tiff.pages[0].is_tiled else "Strip"
        offsets = [end + sum(map(len, parts[:i])) for i in range(len(parts))]
        tags[f"{part}Offsets"].overwrite(offsets, dtype=4)
        tags[f"{part}ByteCounts"].overwrite([len(p) for p in parts], dtype=4)
        tags["Compression"].overwrite(5)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("array", "options"),
    [
        (RNG.integers(0, 9, (13, 15), np.uint8), {}),  # an odd number of bytes
        (RNG.integers(0, 9, (1, 7), np.uint8), {}),
        (RNG.integers(0, 9, (12, 15), np.uint8), {}),
        (RNG.integers(0, 60000, (13, 15), np.uint16), {}),
        (RNG.integers(0, 60000, (13, 15), np.uint16), {"byteorder": ">"}),
        (RNG.normal(size=(13, 15)).astype(np.float32), {}),
        (RNG.integers(0, 9, (13, 15, 3), np.uint8), {"photometric": "rgb"}),
        (RNG.integers(0, 9, (13, 15, 5), np.uint8),
         {"photometric": "minisblack", "planarconfig": "contig"}),
        (RNG.integers(0, 9, (3, 13, 15), np.uint8),
         {"photometric": "rgb", "planarconfig": "separate"}),
        (RNG.integers(0, 9, (40, 50), np.uint8), {"tile": (16, 16)}),
        (RNG.integers(0, 9, (40, 50), np.uint16), {"rowsperstrip": 7}),
        (RNG.integers(0, 2, (9, 13)).astype(bool), {"photometric": "minisblack"}),
    ],
    ids=["odd", "row", "even rows", "16", "big endian", "float", "rgb", "5 channels",
         "planar", "tiles", "strips", "bits"],
)  # fmt: skip
def test_lzw(tmp_path, array, options):
    (tmp_path / "x.tif").write_bytes(written(array, **options))
    expected = array.transpose(1, 2, 0) if options.get("planarconfig") == "separate" \
        else np.atleast_3d(array)  # fmt: skip
    expected = expected * np.uint8(255) if array.dtype == bool else expected
    np.testing.assert_array_equal(read_image(tmp_path / "x.tif"), expected)


@pytest.mark.parametrize("array", [PHOTO, PHOTO[..., 0].astype(np.uint16) * 200])
def test_the_predictor_is_undone(tmp_path, array):
    data = saved(array, compression="tiff_lzw", tiffinfo={317: 2})
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        assert file.pages[0].predictor == 2
    (tmp_path / "x.tif").write_bytes(data)
    read = read_image(tmp_path / "x.tif")
    np.testing.assert_array_equal(read, np.atleast_3d(array))


@pytest.mark.parametrize("photometric", ["RGB", "YCbCr", "L"])
def test_jpeg(tmp_path, photometric):
    picture = Image.fromarray(PHOTO).convert(photometric)
    picture.save(tmp_path / "x.tif", compression="jpeg", quality=95)
    with tifffile.TiffFile(tmp_path / "x.tif") as file:
        assert file.pages[0].compression == 7
    read = read_image(tmp_path / "x.tif").astype(int)
    expected = PHOTO if photometric != "L" else np.asarray(picture)[..., None]
    assert read.shape == expected.shape and np.abs(read - expected).max() < 12


@pytest.mark.parametrize("shape", [(60, 80), (61, 81)])
def test_damage_is_found(tmp_path, shape):
    array = RNG.integers(0, 256, shape, np.uint8)
    data = bytearray(saved(array, compression="tiff_lzw"))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        start, count = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
    data[start + count // 2 : start + count] = b"\xff" * (count - count // 2)
    (tmp_path / "x.tif").write_bytes(data)
    with pytest.raises(BadFile, match=r"x\.tif: .*LZW data is damaged.*Copy the file"):
        read_image(tmp_path / "x.tif")


def test_a_missing_strip_is_zeros():
    array = RNG.integers(1, 9, (40, 50), np.uint8)
    buffer = io.BytesIO(written(array, rowsperstrip=20))
    with tifffile.TiffFile(buffer, mode="r+") as file:
        page = file.pages[0]
        page.tags["StripByteCounts"].overwrite([0, page.databytecounts[1]])
    data = unpacked(buffer.getvalue(), [0], "x.tif")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        read = file.asarray()
    assert not read[:20].any()
    np.testing.assert_array_equal(read[20:], array[20:])


@pytest.mark.parametrize("bits", [2, 4])
@pytest.mark.parametrize("photometric", [0, 1, 3])
@pytest.mark.parametrize("packed", [False, True])
def test_few_bits(tmp_path, bits, photometric, packed):
    """As libtiff writes palettes and scans of a few grays; rows begin with a byte."""
    numbers = RNG.integers(0, 2**bits, (7, 9), np.uint8)
    stored = np.unpackbits(numbers[..., None], axis=2)[..., -bits:].reshape(7, -1)
    rows = np.packbits(stored, axis=1)
    strip = lzw(rows.tobytes()) if packed else rows.tobytes()
    colours = RNG.integers(0, 256, (3, 2**bits)) * 257
    tags = [(256, 3, 1, 9), (257, 3, 1, 7), (258, 3, 1, bits),
            (259, 3, 1, 5 if packed else 1), (262, 3, 1, photometric), (273, 4, 1, 0),
            (277, 3, 1, 1), (278, 3, 1, 7), (279, 4, 1, len(strip))]  # fmt: skip
    if photometric == 3:
        tags.append((320, 3, colours.size, 0))
    end = 8 + 2 + 12 * len(tags) + 4
    values = {273: end, 320: end + len(strip)}
    body = b"".join(
        struct.pack("<HHII", tag, kind, count, values.get(tag, value))
        for tag, kind, count, value in tags
    )
    data = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + body + bytes(4) + strip
    (tmp_path / "x.tif").write_bytes(data + colours.astype("<u2").tobytes())
    image = read_image(tmp_path / "x.tif")
    gray = numbers * (255 // (2**bits - 1))
    expected = {0: 255 - gray[..., None], 1: gray[..., None]}
    if photometric == 3:
        expected[3] = (colours.T >> 8)[numbers]
    np.testing.assert_array_equal(image, expected[photometric])
    if photometric:
        mask = read_stored_mask(tmp_path / "x.tif")
        np.testing.assert_array_equal(mask.values, numbers)
        assert (mask.bits, mask.white) == ((bits, 2**bits - 1), (8, 255))[
            photometric == 3
        ]
