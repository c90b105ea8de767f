"""Golden pictures: the one kind of PNG that is read, and everything else refused."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from kseg.bundle.picture import decode, encode
from kseg.errors import BundleError


def image(channels, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (7, 11, channels), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1).reshape(noise.shape)


def chunks(png):
    at = 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        yield kind, png[at + 8 : at + 8 + length]
        at += 12 + length


def png_of(parts):
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I4s", len(content), kind)
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )


def changed(change, channels=1):
    """A PNG of right checksums, whose parts were changed."""
    parts = list(chunks(encode(image(channels))))
    return png_of(change(parts) or parts)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_round_trip(channels):
    given = image(channels)
    np.testing.assert_array_equal(decode(encode(given), given.shape, "it"), given)


@pytest.mark.parametrize("filters", range(8, 256, 8))
def test_every_filter(filters):
    given = image(3)
    flags = [cv2.IMWRITE_PNG_FILTER, filters]
    png = cv2.imencode(".png", given[..., ::-1], flags)[1].tobytes()
    np.testing.assert_array_equal(decode(png, given.shape, "it"), given)


@pytest.mark.parametrize("size", [(11, 7, 1), (7, 11, 2), (7, 11, 3), (77, 1, 1)])
def test_a_picture_of_another_size_is_not_unpacked(size):
    with pytest.raises(BundleError, match="it must be a PNG of .* 11 x 7 pixels of 8"):
        decode(encode(image(1)), size, "it")


def test_other_kinds_of_picture_are_refused():
    deep = cv2.imencode(".png", image(1).astype(np.uint16) * 257)[1].tobytes()
    alpha = cv2.imencode(".png", image(4))[1].tobytes()
    jpeg = cv2.imencode(".jpg", image(3))[1].tobytes()

    def interlaced(parts):
        parts[0] = b"IHDR", parts[0][1][:-1] + b"\1"

    for png, match in (
        (deep, "of 16 bits, colour type 0"),
        (alpha, "of 8 bits, colour type 6"),
        (changed(interlaced), "interlaced. Export"),
        (jpeg, "bytes of something else"),
        (b"", "0 bytes of something else"),
    ):
        with pytest.raises(BundleError, match=match):
            decode(png, (7, 11, 1), "it")


def lines_of(png):
    return zlib.decompress(b"".join(c for k, c in chunks(png) if k == b"IDAT"))


def with_data(packed):
    def change(parts):
        return [parts[0], (b"IDAT", packed), (b"IEND", b"")]

    return changed(change)


@pytest.mark.parametrize("what", ["short", "long", "cut", "sum", "junk", "none", "raw"])
def test_pixels_that_do_not_unpack(what):
    lines = lines_of(encode(image(1)))
    packed = zlib.compress(lines)
    others = {
        "short": zlib.compress(lines[:-1]),
        "long": zlib.compress(lines + b"\0"),
        "cut": packed[:-5],
        "sum": packed[:-1] + bytes([packed[-1] ^ 1]),
        "junk": packed + b"junk",
        "none": b"",
        "raw": lines,
    }
    with pytest.raises(BundleError, match="it is damaged"):
        decode(with_data(others[what]), (7, 11, 1), "it")
    np.testing.assert_array_equal(decode(with_data(packed), (7, 11, 1), "it"), image(1))


def test_an_unknown_filter_an_altered_part_and_a_missing_end():
    lines = bytearray(lines_of(encode(image(1))))
    lines[12] = 5  # of the second line
    with pytest.raises(BundleError, match="an unknown filter"):
        decode(with_data(zlib.compress(lines)), (7, 11, 1), "it")
    png = bytearray(encode(image(1)))
    png[45] ^= 1
    with pytest.raises(BundleError, match="its part b'IDAT' was altered"):
        decode(bytes(png), (7, 11, 1), "it")
    for length in range(29, len(png)):
        with pytest.raises(BundleError, match="it is damaged: its"):
            decode(encode(image(1))[:length], (7, 11, 1), "it")


def test_parts_that_change_what_decoders_give_are_ignored():
    transparent = (b"tRNS", b"\0\0\0\7\0\7")

    def change(parts):
        return [parts[0], transparent, parts[0], *parts[1:]]

    found = decode(changed(change, 3), (7, 11, 3), "it")
    np.testing.assert_array_equal(found, image(3))


def test_data_may_lie_in_several_parts():
    packed = zlib.compress(lines_of(encode(image(1))))

    def change(parts):
        pieces = [(b"IDAT", packed[i : i + 9]) for i in range(0, len(packed), 9)]
        return [parts[0], *pieces, (b"tEXt", b"a\0b"), (b"IEND", b"")]

    np.testing.assert_array_equal(decode(changed(change), (7, 11, 1), "it"), image(1))
