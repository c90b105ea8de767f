import io

import numpy as np
import pytest
from PIL import Image

from kseg.imaging import read_image
from kseg.imaging.bad_file import BadFile
from kseg.imaging.claimed_size import check_size, claimed_pixels

PICTURE = Image.fromarray(np.zeros((20, 30, 3), np.uint8))


def saved(format, **options):
    file = io.BytesIO()
    PICTURE.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("BMP", {}),
        ("GIF", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0"}),  # the extended header
    ],
)
def test_height_times_width(format, options):
    assert claimed_pixels(saved(format, **options)) == 600


def test_of_an_unknown_file_nothing_is_claimed():
    assert claimed_pixels(b"neither picture nor text") == 0


def test_a_blank_picture_of_one_bit_may_be_large():
    check_size(10**8, 12_300, "scan.png")  # 10,000 x 10,000 as cv2 and Pillow write it
    with pytest.raises(BadFile, match=r"scan\.png: .*100000000 in 1230 bytes"):
        check_size(10**8, 1230, "scan.png")
    with pytest.raises(BadFile, match="at most 1073741824 values"):
        check_size(2**30 + 1, 2**40, "scan.png")


def test_memory_is_not_spent_on_a_claim(tmp_path):
    data = bytearray(saved("BMP"))
    data[18:26] = (30_000).to_bytes(4, "little") * 2
    (tmp_path / "x.bmp").write_bytes(data)
    with pytest.raises(BadFile, match=r"x\.bmp: .*900000000 in \d+ bytes.*copy the fi"):
        read_image(tmp_path / "x.bmp")
