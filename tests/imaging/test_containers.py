import io

import numpy as np
import pytest
from PIL import Image

from kseg.imaging import read_image, read_mask
from kseg.imaging.bad_file import BadFile
from kseg.imaging.containers import is_animated, lossy, split_palette

INDICES = (np.arange(20 * 30).reshape(20, 30) // 25 % 5).astype(np.uint8)
COLOURS = [(0, 0, 0), (200, 0, 0), (200, 0, 0), (9, 9, 9), (0, 0, 0)]  # two repeat


def saved(picture, format, **options):
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def of_palette(format, indices=INDICES, **options):
    picture = Image.fromarray(indices, "P")
    picture.putpalette([value for colour in COLOURS for value in colour])
    return saved(picture, format, **options)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("PNG", {}),
        ("PNG", {"bits": 4}),
        ("PNG", {"transparency": 1}),
        ("PNG", {"transparency": bytes([0, 90, 255, 0, 8])}),
        ("BMP", {}),
        ("GIF", {}),
        ("GIF", {"interlace": True}),
        ("GIF", {"transparency": 2}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "packbits"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ],
)
def test_equal_colours_of_a_palette_stay_two_indices(tmp_path, format, options):
    path = tmp_path / "m"
    path.write_bytes(of_palette(format, **options))
    np.testing.assert_array_equal(read_mask(path), INDICES)
    shown = np.array(COLOURS, np.uint8)[INDICES]
    if "transparency" not in options or format == "PNG":
        np.testing.assert_array_equal(read_image(path), shown)


def test_the_palette_comes_with_the_indices():
    for format in ("PNG", "BMP", "GIF"):
        palette = split_palette(of_palette(format))[1]
        assert [tuple(colour) for colour in palette.tolist()][:5] == COLOURS
    assert split_palette(saved(Image.fromarray(INDICES), "PNG")) is None
    assert split_palette(saved(Image.new("RGB", (3, 3)), "BMP")) is None


def test_an_old_bmp():
    head = b"BM" + bytes(8) + (26 + 12).to_bytes(4, "little")
    core = (12).to_bytes(4, "little") + b"\x08\0\x02\0\x01\0\x01\0"
    table = bytes([0, 0, 255, 255, 0, 0])  # blue comes first
    changed, palette = split_palette(head + core + table + b"\x40\0\0\0" + bytes(4))
    assert palette.tolist() == [[255, 0, 0], [0, 0, 255]]
    assert changed[26:32] == bytes([0, 0, 0, 1, 1, 1])


@pytest.mark.parametrize(("format", "name"), [("GIF", "x.gif"), ("PNG", "x.png"),
                                              ("WEBP", "x.webp")])  # fmt: skip
def test_animations_are_refused(tmp_path, format, name):
    frames = [Image.fromarray(INDICES * 20), Image.fromarray(200 - INDICES)]
    one = saved(frames[0], format)
    assert not is_animated(one)
    many = saved(frames[0], format, save_all=True, append_images=frames[1:])
    (tmp_path / name).write_bytes(many)
    for read in (read_image, read_mask):
        if (read, format) == (read_mask, "WEBP"):
            continue  # lossy, which is said first
        with pytest.raises(BadFile, match=rf"{name}: .*an animation\. Save each"):
            read(tmp_path / name)


def test_what_changes_values():
    gray = Image.fromarray(INDICES)
    assert lossy(saved(gray, "JPEG")) == "JPEG"
    assert lossy(saved(gray, "WEBP")) == "lossy WebP"
    assert lossy(saved(gray, "WEBP", exif=b"Exif\0\0")) == "lossy WebP"
    assert lossy(saved(gray, "WEBP", lossless=True)) is None
    assert lossy(saved(gray, "WEBP", lossless=True, exif=b"Exif\0\0")) is None
    assert lossy(saved(gray, "JPEG2000")) == "JPEG 2000"
    assert lossy(saved(gray, "AVIF")) == "AVIF or HEIC"
    for format in ("PNG", "GIF", "BMP", "TIFF"):
        assert lossy(saved(gray, format)) is None


@pytest.mark.parametrize("format", ["GIF", "PNG", "BMP"])
@pytest.mark.parametrize("kept", [20, -40, -2])
def test_a_truncated_file_of_a_palette(tmp_path, format, kept):
    path = tmp_path / "m"
    path.write_bytes(of_palette(format)[:kept])
    with pytest.raises(BadFile, match="m: (is truncated|cannot be decoded)"):
        read_mask(path)


def test_a_chunk_that_claims_more_than_the_file_holds(tmp_path):
    data = bytearray(saved(Image.fromarray(INDICES), "PNG"))
    data[33:37] = b"\xff\0\0\0"
    (tmp_path / "m.png").write_bytes(data)
    with pytest.raises(BadFile, match=r"the end is missing after \d+ bytes"):
        read_image(tmp_path / "m.png")
