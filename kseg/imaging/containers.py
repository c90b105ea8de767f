"""What cv2 does not tell of PNG, BMP, GIF and WebP files: palettes, frames, loss."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

PNG = b"\x89PNG\r\n\x1a\n"
_EXTENSION, _FRAME, _END = 0x21, 0x2C, 0x3B
_RAMP = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)


def is_animated(data: bytes) -> bool:
    """Whether a file holds more than one picture.

    Raises:
        ValueError, struct.error: The file is damaged.
    """
    if data.startswith(b"GIF8"):
        return sum(kind == _FRAME for kind, _ in gif_blocks(data)) > 1
    if data.startswith(PNG):
        return any(
            kind == b"acTL" and struct.unpack_from(">I", data, start)[0] > 1
            for kind, start, _ in png_chunks(data)
        )
    return data[8:16] == b"WEBPVP8X" and bool(data[20] & 2)


def lossy(data: bytes) -> str | None:
    """The compression of a file, if it changes values: its name."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[8:12] == b"WEBP" and (data[12:16] == b"VP8 " or b"VP8L" not in data):
        return "lossy WebP"
    if data[4:12] in (b"ftypavif", b"ftypheic", b"ftypmif1"):
        return "AVIF or HEIC"
    if data.startswith((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")):
        return "JPEG 2000"
    return None


def split_palette(data: bytes) -> tuple[bytes, np.ndarray] | None:
    """A file whose decoded colours are indices, and its palette.

    The palette is replaced by grays 0, 1, 2, ...: equal colours stay apart, and
    interlacing, packing and orientation remain the decoder's business.

    Args:
        data: A whole PNG, BMP or GIF.

    Returns:
        The changed file and (N, 3) uint8, red, green, blue; None for a file without a
        palette. Of a GIF the palette is that of the first frame.

    Raises:
        ValueError, IndexError, struct.error: The file is damaged.
    """
    if data.startswith(PNG) and data[25] == 3:
        return _png(data)
    if data.startswith(b"BM"):
        return _bmp(data)
    if data.startswith(b"GIF8"):
        return _gif(data)
    return None


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of the contents of each chunk of a PNG.

    Raises:
        ValueError: A chunk is longer than the file: cv2 would make room for it.
    """
    at, kind = 8, b""
    while at + 8 <= len(data) and kind != b"IEND":
        size, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + size > len(data):
            raise ValueError(f"the end is missing after {len(data)} bytes")
        yield kind, at + 8, at + 8 + size
        at += 12 + size


def gif_blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Kind and start of each block of a GIF: an extension or a frame.

    Raises:
        ValueError: Its end is missing, or a block is none.
    """
    try:
        at = 13 + _table_size(data[10])
        while data[at] != _END:
            kind, start = data[at], at
            if kind == _FRAME:
                at += 11 + _table_size(data[at + 9])  # the code size is one of them
            elif kind == _EXTENSION:
                at += 2
            else:
                raise ValueError(f"unknown block {kind} at byte {at}")
            yield kind, start
            while data[at]:
                at += 1 + data[at]
            at += 1
    except IndexError:
        raise ValueError(f"the end is missing after {len(data)} bytes") from None


def _png(data: bytes) -> tuple[bytes, np.ndarray]:
    palette, parts = None, [data[:8]]
    for kind, start, end in png_chunks(data):
        content = data[start:end]
        if kind == b"tRNS":
            continue
        if kind == b"PLTE":
            palette = np.frombuffer(content, np.uint8).reshape(-1, 3)
            content = _RAMP[: 2 ** data[24]].tobytes()
        crc = zlib.crc32(kind + content) if kind == b"PLTE" else None
        parts += [struct.pack(">I", len(content)), kind, content]
        parts.append(data[end : end + 4] if crc is None else struct.pack(">I", crc))
    if palette is None:
        raise ValueError("a palette PNG without a palette")
    return b"".join(parts), palette


def _bmp(data: bytes) -> tuple[bytes, np.ndarray] | None:
    header = struct.unpack_from("<I", data, 14)[0]
    old = header == 12  # OS/2: three bytes a colour, and always all of them
    bits = struct.unpack_from("<H", data, 24 if old else 28)[0]
    if bits > 8:
        return None
    used = 0 if old else struct.unpack_from("<I", data, 46)[0]
    count, width, start = used or 2**bits, 3 if old else 4, 14 + header
    table = np.frombuffer(data, np.uint8, count * width, start).reshape(count, width)
    changed = table.copy()
    changed[:, :3] = _RAMP[:count]
    end = start + table.size
    return data[:start] + changed.tobytes() + data[end:], table[:, 2::-1].copy()


def _gif(data: bytes) -> tuple[bytes, np.ndarray]:
    changed, tables = bytearray(data), []
    table = _ramp_into(changed, 13, _table_size(data[10]))
    for kind, start in gif_blocks(data):
        if kind == _EXTENSION and data[start + 1] == 0xF9:
            changed[start + 3] &= ~1  # no index is transparent
        elif kind == _FRAME:
            own = _ramp_into(changed, start + 10, _table_size(data[start + 9]))
            tables.append(own if len(own) else table)
    return bytes(changed), tables[0]


def _ramp_into(changed: bytearray, start: int, size: int) -> np.ndarray:
    """Put grays in place of a colour table of a GIF, and give what was there."""
    table = np.frombuffer(bytes(changed[start : start + size]), np.uint8)
    changed[start : start + size] = _RAMP[: size // 3].tobytes()
    return table.reshape(-1, 3)


def _table_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
