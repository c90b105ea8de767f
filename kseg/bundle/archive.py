"""Members of an uncompressed zip that lies behind something else, as a bundle's does.

Not by ``zipfile``, which unpacks what is compressed, however large, and takes or
refuses damage by rules of its own: page and app read the same few fields.
"""

import struct
import zlib
from typing import NamedTuple

_END, _ENTRY, _LOCAL = b"PK\5\6", b"PK\1\2", b"PK\3\4"
_END_BYTES, _ENTRY_BYTES, _LOCAL_BYTES = 22, 46, 30


class ArchiveError(Exception):
    """What is wrong with an archive; `kseg.bundle.read` makes a sentence of it."""


class Entry(NamedTuple):
    """Where a member's own header is in the file, its bytes, CRC-32 and method."""

    at: int
    size: int
    crc: int
    method: int


def directory(data: bytes) -> dict[str, Entry]:
    """The members of an archive; of one name the last.

    Offsets are counted from the end of the directory, so that what comes before does
    not matter.

    Args:
        data: The file.

    Raises:
        ArchiveError: There is no directory, or it is damaged.
    """
    last = len(data) - _END_BYTES
    end = data.rfind(_END, max(0, last - 0xFFFF), max(0, last + 4))
    if end < 0:
        raise ArchiveError("it has no directory")
    count, length, offset = struct.unpack_from("<HII", data, end + 10)
    at, found = end - length, {}
    before = at - offset
    for _ in range(count):
        if at < 0 or at + _ENTRY_BYTES > end or data[at : at + 4] != _ENTRY:
            raise ArchiveError("its directory is damaged")
        (method,) = struct.unpack_from("<H", data, at + 10)
        crc, packed, size, *more = struct.unpack_from("<IIIHHH", data, at + 16)
        (place,) = struct.unpack_from("<I", data, at + 42)
        first = at + _ENTRY_BYTES
        if first + more[0] > end or (method == 0 and packed != size):
            raise ArchiveError("its directory is damaged")
        name = data[first : first + more[0]].decode("utf-8", "replace")
        found[name] = Entry(before + place, size, crc, method)
        at = first + sum(more)
    return found


def member(data: bytes, entries: dict[str, Entry], name: str, most: int) -> bytes:
    """What a member holds.

    Args:
        data: The file.
        entries: Of `directory`.
        name: Of the member.
        most: Bytes that it may have.

    Raises:
        ArchiveError: It is missing, compressed, too large, damaged, or leaves the file.
    """
    if name not in entries:
        raise ArchiveError(f"it has no {name}")
    at, size, crc, method = entries[name]
    if method != 0:
        raise ArchiveError(f"its {name} is compressed")
    if size > most:
        raise ArchiveError(f"its {name} has {size} bytes, over {most}")
    if at < 0 or at + _LOCAL_BYTES > len(data) or data[at : at + 4] != _LOCAL:
        raise ArchiveError(f"its {name} is not where the directory says")
    start = at + _LOCAL_BYTES + sum(struct.unpack_from("<HH", data, at + 26))
    content = data[start : start + size]
    if len(content) != size or zlib.crc32(content) != crc:
        raise ArchiveError(f"its {name} was altered or damaged")
    return content
