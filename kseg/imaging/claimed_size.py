"""The size that a file claims, before memory is spent on it."""

import os
import struct

from kseg.imaging.bad_file import BadFile
from kseg.imaging.containers import PNG

MOST_PIXELS = 2**30  # as cv2 has it
_SMALL = 2**26  # never too much
_MOST_PACKED = 10_000  # pixels out of one byte: blank 1-bit PNGs come near it


def check_size(pixels: int, size: int, path: str | os.PathLike) -> None:
    """Refuse a picture that no file of this size can hold.

    Args:
        pixels: That it claims, times its channels.
        size: Bytes of the file.
        path: For the error.

    Raises:
        BadFile: It is too large, or its header is wrong.
    """
    if pixels > MOST_PIXELS or pixels > max(_SMALL, size * _MOST_PACKED):
        raise BadFile(
            path,
            f"expected a picture of at most {MOST_PIXELS} values, and of no more than "
            f"its file can hold. Received: {pixels} in {size} bytes",
            "Cut it into parts, or copy the file again.",
        )


def claimed_pixels(data: bytes) -> int:
    """Height times width as the header has it; 0 for an unknown kind of file.

    Args:
        data: A PNG, JPEG, BMP, GIF or WebP.

    Raises:
        struct.error: The header is cut off.
    """
    sides: tuple[int, ...] = (0,)
    if data.startswith(PNG):
        sides = struct.unpack_from(">II", data, 16)
    elif data.startswith(b"GIF8"):
        sides = struct.unpack_from("<HH", data, 6)
    elif data.startswith(b"BM"):
        old = data[14] == 12
        sides = struct.unpack_from("<HH" if old else "<ii", data, 18)
    elif data[8:12] == b"WEBP":
        sides = _webp(data)
    elif data.startswith(b"\xff\xd8"):
        sides = _jpeg(data)
    return abs(sides[0] * sides[-1])


def _webp(data: bytes) -> tuple[int, ...]:
    kind = data[12:16]
    if kind == b"VP8X":
        low, high = data[24:27], data[27:30]
        return int.from_bytes(low, "little") + 1, int.from_bytes(high, "little") + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return tuple(side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))


def _jpeg(data: bytes) -> tuple[int, ...]:
    at = 2
    while data[at : at + 1] == b"\xff":
        kind = data[at + 1]
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):  # a frame header
            return struct.unpack_from(">HH", data, at + 5)
        if kind == 0xDA:
            break
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return (0,)
