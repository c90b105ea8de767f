"""Align what an APK holds stored, as ``zipalign -P 16 4`` of new build tools does.

    python3 align_apk.py IN.apk OUT.apk

Libraries begin at multiples of 16,384 bytes, so that devices with pages of that size
map them; other stored members at multiples of 4.
"""

import struct
import sys
import zipfile

_PAGE, _WORD = 16384, 4
_EXTRA_ALIGNMENT = 0xD935  # Says the alignment, which apksigner then keeps.


def align(source: str, target: str) -> None:
    """Copy an APK with its stored members aligned."""
    with open(source, "rb") as file:
        content = file.read()
    with zipfile.ZipFile(source) as archive:
        members = archive.infolist()
    out, directory = bytearray(), bytearray()
    for member in members:
        name = member.filename.encode()
        head = _head(member, len(name))
        extra = _padding(member, len(out) + 30 + len(name))
        directory += struct.pack("<IH", 0x02014B50, 20) + head
        directory += struct.pack("<HHHHII", 0, 0, 0, 0, member.external_attr, len(out))
        directory += name
        out += struct.pack("<I", 0x04034B50) + head + struct.pack("<H", len(extra))
        out += name + extra + _data(content, member)
    count, start = len(members), len(out)
    end = struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), start, 0
    )
    with open(target, "wb") as file:
        file.write(out + directory + end)


def _head(member, name_length):
    """The fields that a member's own header and the directory share."""
    year, month, day, hour, minute, second = member.date_time
    return struct.pack(
        "<HHHHHIIIH",
        20,
        member.flag_bits & ~8,  # Sizes stand before the data, not behind it.
        member.compress_type,
        hour << 11 | minute << 5 | second // 2,
        (year - 1980) << 9 | month << 5 | day,
        member.CRC,
        member.compress_size,
        member.file_size,
        name_length,
    )


def _padding(member, position):
    if member.compress_type != zipfile.ZIP_STORED:
        return b""
    step = _PAGE if member.filename.endswith(".so") else _WORD
    zeros = -(position + 6) % step
    return struct.pack("<HHH", _EXTRA_ALIGNMENT, 2 + zeros, step) + bytes(zeros)


def _data(content, member):
    lengths = struct.unpack_from("<HH", content, member.header_offset + 26)
    start = member.header_offset + 30 + sum(lengths)
    return content[start : start + member.compress_size]


if __name__ == "__main__":
    align(*sys.argv[1:])
