"""Golden pictures: one kind of PNG, whose size is known before it is unpacked.

8 bits, gray or RGB, not interlaced. Other than 1 or 3 channels lie one below the other,
gray.
"""

import struct
import zlib

import cv2
import numpy as np

from kseg.errors import BundleError
from kseg.imaging.io import PNG

_HEADER = ">I4sIIBBBBB"


def encode(image: np.ndarray) -> bytes:
    """The PNG of an image, uint8 (H, W, C)."""
    planes = image[:, :, ::-1]
    if image.shape[2] != 3:
        planes = image.transpose(2, 0, 1).reshape(-1, image.shape[1])
    return cv2.imencode(".png", np.ascontiguousarray(planes))[1].tobytes()


def decode(png: bytes, size: tuple[int, int, int], what: str) -> np.ndarray:
    """The inverse of `encode`.

    Args:
        png: The file.
        size: (H, W, C) of the image; nothing is unpacked of a picture of another size.
        what: What messages call it.

    Returns:
        (H, W, C) uint8.

    Raises:
        BundleError: It is of another size or kind, or damaged.
    """
    height, width, channels = size
    rows, depth = (height, 3) if channels == 3 else (height * channels, 1)
    kind = 2 if depth == 3 else 0
    head = PNG + struct.pack(_HEADER, 13, b"IHDR", width, rows, 8, kind, 0, 0, 0)
    if not png.startswith(head):
        raise BundleError(
            f"{what} must be a PNG of {width} x {rows} pixels, "
            f"{'RGB' if depth == 3 else 'gray'}, 8 bits, not interlaced. "
            f"Received: {_received(png)}. Export the network again."
        )
    try:
        packed = _packed(png)
        lines = np.frombuffer(_unpacked(packed, rows * (1 + width * depth)), np.uint8)
    except (ValueError, zlib.error) as error:
        raise BundleError(
            f"{what} is damaged: {error}. Copy or export the file again."
        ) from error
    if lines[:: 1 + width * depth].max() > 4:
        raise BundleError(
            f"{what} is damaged: an unknown filter. Copy or export the file again."
        )
    # Of the parts only those that were looked at: others could change the pixels.
    parts = (b"IHDR", png[16:29]), (b"IDAT", packed), (b"IEND", b"")
    whole = PNG + b"".join(_part(*part) for part in parts)
    planes = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_UNCHANGED)
    if depth == 3:
        return np.ascontiguousarray(planes[:, :, ::-1])
    return planes.reshape(channels, height, width).transpose(1, 2, 0).copy()


def _received(png):
    if not png.startswith(PNG) or len(png) < 29:
        return f"{len(png)} bytes of something else"
    width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    return (
        f"{width} x {height} pixels of {bits} bits, colour type {kind}"
        f"{', interlaced' if interlaced else ''}"
    )


def _packed(png):
    """The packed pixels, after the checksums of all parts."""
    at, packed = len(PNG), []
    while at + 12 <= len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        end = at + 8 + length
        if end + 4 > len(png):
            break
        if zlib.crc32(png[at + 4 : end]) != struct.unpack_from(">I", png, end)[0]:
            raise ValueError(f"its part {kind!r} was altered")
        if kind == b"IDAT":
            packed.append(png[at + 8 : end])
        if kind == b"IEND":
            return b"".join(packed)
        at = end + 4
    raise ValueError(f"its end is missing after {len(png)} bytes")


def _unpacked(packed, length):
    unpacker = zlib.decompressobj()
    lines = unpacker.decompress(packed, length)
    if len(lines) == length and not unpacker.eof:
        lines += unpacker.decompress(unpacker.unconsumed_tail, 1)  # its checksum
    if len(lines) != length or not unpacker.eof or unpacker.unused_data:
        raise ValueError("its pixels do not unpack")
    return lines


def _part(kind, content):
    head = struct.pack(">I4s", len(content), kind)
    return head + content + struct.pack(">I", zlib.crc32(kind + content))
