"""Make a library of Android loadable by glibc's loader.

    python3 debionic.py IN.so OUT.so

Copies a 64-bit ELF library without its symbol versions, which glibc has not, and
without the libraries that it needs but for libc.so, which is the name of
libbionicshim.so. Only entries of the dynamic section become empty; no code changes.
"""

import struct
import sys

_NEEDED, _STRTAB, _DEBUG = 1, 5, 21  # DT_DEBUG is ignored in a library
# DT_VERSYM, DT_VERDEF, DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM
_VERSIONS = {0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF}
_LOAD, _DYNAMIC = 1, 2


def debionic(library: bytes) -> bytes:
    """The library as above.

    Raises:
        ValueError: It is no 64-bit ELF file.
    """
    if library[:5] != b"\x7fELF\x02":
        raise ValueError(f"Expected a 64-bit ELF file. Received: {library[:5]!r}...")
    (headers,) = struct.unpack_from("<Q", library, 32)
    size, count = struct.unpack_from("<HH", library, 54)
    segments = [
        struct.unpack_from("<IIQQQQQQ", library, headers + i * size)
        for i in range(count)
    ]

    def offset(address):
        for kind, _, start, virtual, _, length, *_ in segments:
            if kind == _LOAD and virtual <= address < virtual + length:
                return start + address - virtual
        raise ValueError(f"No segment of the file holds the address {address:#x}.")

    dynamic = next(s for s in segments if s[0] == _DYNAMIC)
    places = range(dynamic[2], dynamic[2] + dynamic[5], 16)
    entries = {place: struct.unpack_from("<qQ", library, place) for place in places}
    strings = offset(dict(entries.values())[_STRTAB])
    changed = bytearray(library)
    for place, (tag, value) in entries.items():
        needed = tag == _NEEDED and not library.startswith(
            b"libc.so\0", strings + value
        )
        if needed or tag in _VERSIONS:
            struct.pack_into("<qQ", changed, place, _DEBUG, 0)
    return bytes(changed)


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as source:
        content = debionic(source.read())
    with open(sys.argv[2], "wb") as target:
        target.write(content)
