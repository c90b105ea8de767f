"""Unpack the strips and tiles of a TIFF: LZW and JPEG by cv2's codecs, 2 and 4 bits.

tifffile reads the structure of every TIFF, but needs the package imagecodecs for these.
They are the common ones, so kseg does without: each segment is decoded alone, and the
file is written again in memory, without compression and in whole bytes.
"""

import io
import os
import struct

import cv2
import numpy as np

from kseg.imaging.bad_file import BadFile

LZW, JPEG = 5, 7
_NONE, _FEW_BITS = 1, (2, 4)
_RGB, _YCBCR = 2, 6


def can_unpack(page) -> bool:
    """Whether these codecs are for this page (a ``tifffile.TiffPage``)."""
    if page.compression == JPEG:
        return page.bitspersample == 8 and page.samplesperpixel in (1, 3)
    if page.compression not in (_NONE, LZW):
        return False
    if page.bitspersample in _FEW_BITS:
        return page.predictor == 1 and page.samplesperpixel == 1 and page.fillorder == 1
    return page.compression == LZW and (
        page.predictor == 1
        or (page.predictor == 2 and page.bitspersample in (8, 16, 32, 64))
    )


def unpacked(data: bytes, pages: list[int], path: str | os.PathLike) -> bytes:
    """The file with the segments of some pages uncompressed.

    Args:
        data: The whole file.
        pages: Numbers of the pages.
        path: For errors.

    Returns:
        A TIFF of the same pixels; YCbCr in JPEG is RGB there.

    Raises:
        BadFile: A segment is damaged.
    """
    from tifffile import TiffFile

    buffer = io.BytesIO(data)
    with TiffFile(buffer, mode="r+") as file:
        for number in pages:
            page = file.pages[number].aspage()
            segments = [
                _segment(data[start : start + count], page, index, path)
                for index, (start, count) in enumerate(
                    zip(page.dataoffsets, page.databytecounts, strict=True)
                )
            ]
            _replace(file, buffer, page, segments)
    return buffer.getvalue()


def _replace(file, buffer: io.BytesIO, page, segments: list[bytes]) -> None:
    kind = 16 if file.is_bigtiff else 4  # 64 or 32 bits
    sizes = [len(segment) for segment in segments]
    start = buffer.seek(0, os.SEEK_END)
    buffer.write(b"".join(segments))
    offsets = [start + sum(sizes[:i]) for i in range(len(sizes))]
    tags = page.tags
    part = "Tile" if page.is_tiled else "Strip"
    tags[f"{part}Offsets"].overwrite(offsets, dtype=kind)
    tags[f"{part}ByteCounts"].overwrite(sizes, dtype=kind)
    if "Compression" in tags:
        tags["Compression"].overwrite(_NONE)
    if page.bitspersample in _FEW_BITS:
        tags["BitsPerSample"].overwrite(8)
    if page.predictor != 1:
        tags["Predictor"].overwrite(1)
    if page.compression == JPEG and page.photometric == _YCBCR:
        tags["PhotometricInterpretation"].overwrite(_RGB)


def _segment(packed: bytes, page, index: int, path) -> bytes:
    """One strip or tile, uncompressed; a missing one is zeros."""
    samples = page.samplesperpixel if page.planarconfig == 1 else 1
    if page.is_tiled:
        rows, columns = page.tilelength, page.tilewidth
    else:
        first = index % -(-page.imagelength // page.rowsperstrip) * page.rowsperstrip
        rows = min(page.rowsperstrip, page.imagelength - first)
        columns = page.imagewidth
    width = -(-columns * samples * page.bitspersample // 8)
    few = page.bitspersample in _FEW_BITS
    if not packed:
        return bytes(rows * (columns if few else width))
    if page.compression != JPEG:
        raw = _lzw(packed, rows, width, path) if page.compression == LZW else packed
        if few:
            return _whole_bytes(raw, page.bitspersample, (rows, width), columns)
        return raw if page.predictor == 1 else _sums(raw, page, (rows, -1, samples))
    pixels = _jpeg(packed, page)
    if pixels is None or pixels.size != rows * width:
        raise _damaged(path, "JPEG")
    return pixels.tobytes()


def _lzw(packed: bytes, rows: int, width: int, path) -> bytes:
    # As pixels of 16 bits, because cv2 overlooks an error in pixels of 8. A segment
    # with an odd number of bytes is read in both ways.
    if width % 2 == 0:
        pixels = _as_strip(packed, rows, width // 2, 16)
    elif rows % 2 == 0:
        pixels = _as_strip(packed, rows // 2, width, 16)
    else:
        whole = rows == 1 or _as_strip(packed, rows // 2, width, 16) is not None
        pixels = _as_strip(packed, rows, width, 8) if whole else None
    if pixels is None:
        raise _damaged(path, "LZW")
    return pixels.tobytes()


def _sums(raw: bytes, page, shape: tuple[int, int, int]) -> bytes:
    """Undo the predictor: stored are the differences to the pixel on the left."""
    stored = np.dtype(f"{page.parent.byteorder}u{page.bitspersample // 8}")
    differences = np.frombuffer(raw, stored).reshape(shape)
    native = stored.newbyteorder("=")
    return np.cumsum(differences, 1, dtype=native).astype(stored).tobytes()


def _whole_bytes(raw: bytes, bits: int, shape: tuple[int, int], columns: int) -> bytes:
    """Numbers of 2 or 4 bits, of which each row begins with a byte, as bytes."""
    rows = np.frombuffer(raw, np.uint8, shape[0] * shape[1]).reshape(shape)
    shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
    numbers = rows[..., None] >> shifts & np.uint8(2**bits - 1)
    return numbers.reshape(shape[0], -1)[:, :columns].tobytes()


def _as_strip(packed: bytes, rows: int, columns: int, bits: int) -> np.ndarray | None:
    """Decode LZW as the only strip of a gray TIFF; None where it is damaged."""
    tags = (
        (256, columns),
        (257, rows),
        (258, bits),
        (259, LZW),
        (262, 1),  # black is zero
        (273, 8 + 2 + 9 * 12 + 4),  # the strip begins behind the tags
        (277, 1),  # sample
        (278, rows),
        (279, len(packed)),
    )
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    file = np.frombuffer(head + entries + bytes(4) + packed, np.uint8)
    return cv2.imdecode(file, cv2.IMREAD_UNCHANGED)


def _jpeg(packed: bytes, page) -> np.ndarray | None:
    """Decode a JPEG stream without tables, with those of its page."""
    tables = page.jpegtables or b"\xff\xd8\xff\xd9"
    # Without a marker of Adobe's the decoder takes any three channels for YCbCr.
    marker = b"Adobe\0\x64\0\0\0\0" + bytes([page.photometric == _YCBCR])
    marker = b"\xff\xee" + struct.pack(">H", len(marker) + 2) + marker
    if not packed.startswith(b"\xff\xd8") or b"\xff\xd9" not in packed:
        return None
    stream = b"\xff\xd8" + marker + tables[2:-2] + packed[2:]
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(stream, np.uint8), flags)
    if pixels is not None and pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return pixels


def _damaged(path, codec: str) -> BadFile:
    return BadFile(
        path,
        f"this TIFF cannot be decoded: a strip or tile of {codec} data is damaged or "
        "truncated",
        "Copy the file again or save it as PNG.",
    )
