import io
import os

import cv2
import numpy as np
import pytest

from kseg.errors import DataError
from kseg.imaging import list_images, read_image, write_png
from kseg.imaging.bad_file import BadFile
from tests.data.folders import image, write

RGB = image(0, (5, 7), 3)
GRAY = image(1, (5, 7))


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("gray.png", GRAY),
        ("gray16.png", GRAY.astype(np.uint16) * 257),
        ("rgb.png", RGB),
        ("rgb16.png", RGB.astype(np.uint16) * 257),
        ("rgb.bmp", RGB),
        ("gray.tif", GRAY),
    ],
)
def test_lossless_formats_come_back_as_stored(tmp_path, name, stored):
    read = read_image(write(tmp_path / name, stored))
    assert read.dtype == stored.dtype
    np.testing.assert_array_equal(read, stored.reshape(5, 7, -1))


@pytest.mark.parametrize("name", ["x.jpg", "x.webp"])
def test_lossy_formats_are_near_and_red_stays_red(tmp_path, name):
    red = np.zeros((16, 24, 3), np.uint8)
    red[..., 0] = 200
    read = read_image(write(tmp_path / name, red))
    assert read.shape == (16, 24, 3) and read.dtype == np.uint8
    assert np.abs(read.astype(int) - red).max() <= 4


def test_gray_jpeg_has_one_channel(tmp_path):
    assert read_image(write(tmp_path / "x.jpg", GRAY)).shape == (5, 7, 1)


def test_the_content_decides_not_the_suffix(tmp_path):
    path = write(tmp_path / "x.png", RGB)
    os.rename(path, tmp_path / "x.jpg")
    np.testing.assert_array_equal(read_image(tmp_path / "x.jpg"), RGB)


def test_alpha_is_dropped(tmp_path):
    path = tmp_path / "x.png"
    cv2.imwrite(str(path), np.dstack([RGB[..., ::-1], GRAY]))
    np.testing.assert_array_equal(read_image(path), RGB)


def test_exif_orientation_is_applied(tmp_path):
    flat = np.zeros((16, 32, 3), np.uint8)
    flat[:, :16] = 255
    jpeg = cv2.imencode(".jpg", flat)[1].tobytes()
    # An APP1 segment with one tag: orientation (0x112), short, 6 (turn clockwise).
    tag = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
    exif = b"Exif\0\0MM\0*\0\0\0\x08\x00\x01" + tag + b"\0\0\0\0"
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (tmp_path / "x.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    read = read_image(tmp_path / "x.jpg")
    assert read.shape == (32, 16, 3)
    assert read[4, 8, 0] > 250 and read[28, 8, 0] < 5


def test_truncation_is_found_behind_a_thumbnail(tmp_path):
    jpeg = cv2.imencode(".jpg", image(0, (64, 64)))[1].tobytes()
    thumbnail = b"\xff\xe1\x00\x08\xff\xd8\xff\xd9\0\0"
    path = tmp_path / "x.jpg"
    path.write_bytes(jpeg[:2] + thumbnail + jpeg[2:])
    assert read_image(path).shape == (64, 64, 1)
    path.write_bytes(jpeg[:2] + thumbnail + jpeg[2:-200])
    with pytest.raises(BadFile, match=r"x\.jpg: is truncated.*Copy the file again"):
        read_image(path)


@pytest.mark.parametrize("kept", [9, 60, -30, -6])
def test_truncated_png(tmp_path, kept):
    path = write(tmp_path / "x.png", image(0, (40, 50)))
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadFile, match=r"x\.png: is truncated"):
        read_image(path)


def test_damaged_png(tmp_path):
    path = write(tmp_path / "x.png", image(0, (40, 50)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    with pytest.raises(BadFile, match=r"x\.png: cannot be decoded"):
        read_image(path)


def test_bad_file_carries_its_parts(tmp_path):
    with pytest.raises(BadFile) as caught:
        read_image(tmp_path / "no.png")
    error = caught.value
    assert error.file == str(tmp_path / "no.png")
    assert str(error) == f"{error.file}: {error.what}. {error.remedy}"


@pytest.mark.parametrize(
    "array",
    [GRAY, GRAY[..., None], RGB, GRAY.astype(np.uint16) * 200],
    ids=["gray", "one channel", "rgb", "16 bit"],
)
def test_write_png_round_trip(tmp_path, array):
    write_png(tmp_path / "new" / "x.png", array)
    read = read_image(tmp_path / "new" / "x.png")
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array.reshape(5, 7, -1))
    assert os.listdir(tmp_path / "new") == ["x.png"]


@pytest.mark.parametrize(
    "array",
    [GRAY.astype(float), np.zeros((0, 4), np.uint8), np.zeros((3, 3, 4), np.uint8)],
)
def test_write_png_refuses_other_arrays(tmp_path, array):
    with pytest.raises(DataError, match=r"x\.png: a PNG takes .*Received: shape="):
        write_png(tmp_path / "x.png", array)
    assert not (tmp_path / "x.png").exists()


def test_write_png_where_it_cannot(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be written .*Choose another folder"):
        write_png(tmp_path / "file" / "x.png", GRAY)


def test_list_images(tmp_path):
    for name in ("b.png", "a.JPG", "c.tiff", ".hidden.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    write(tmp_path / "inner" / "d.png", GRAY)
    write(tmp_path / ".cache" / "e.png", GRAY)
    assert [f.name for f in list_images(tmp_path)] == ["a.JPG", "b.png", "c.tiff"]
    nested = [f.name for f in list_images(tmp_path, nested=True)]
    assert nested == ["a.JPG", "b.png", "c.tiff", "d.png"]
    with pytest.raises(BadFile, match="expected a folder. Received: a file"):
        list_images(tmp_path / "b.png")
    with pytest.raises(BadFile, match="Received: nothing of that name"):
        list_images(tmp_path / "none")


def test_bytes_of_another_kind_are_named(tmp_path):
    buffer = io.BytesIO()
    np.save(buffer, GRAY)
    (tmp_path / "x.png").write_bytes(buffer.getvalue())
    with pytest.raises(BadFile, match="NUMPY"):
        read_image(tmp_path / "x.png")
