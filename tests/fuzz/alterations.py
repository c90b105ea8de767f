"""What bundles.py does to bundles. Each alteration takes a random generator and two
bundles, and gives the bytes of a file."""

import io
import json
import random
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from kseg.files import sha256
from tools.rewrite_bundle import members_of

JUNK = [
    *(None, True, False, 0, 1, 2, -1, 1.5, 6.0, 255, 256, 8192, 2**31, 2**63, 1e308),
    *("", "x", "tile", "letterbox", "logits", "semantic", "instances", "é", "\ud800"),
    *([], [1], [6, 7], [8192, 8192], [[]], [None], {}, {"rule": "range"}, {"x": {}}),
]
# What JSON itself has no value for, put in as text.
TEXTS = [
    *("1e999", "-1e999", "NaN", "Infinity", "1" * 40, "1" * 5000, "1e", "01", "-0.0"),
    *("[" * 40 + "]" * 40, "[" * 5000, '{"a":' * 33 + "1" + "}" * 33, '"\\ud83d"'),
    *('"\\x"', '"\t"', "1,", "", "'x'", '"\\u12g4"', "0.1e-400", "2.0", "[1,]"),
]


class Base(NamedTuple):
    """A sound bundle in its parts."""

    flatbuffer: bytes
    members: dict[str, bytes]

    @classmethod
    def read(cls, path: Path) -> "Base":
        members = members_of(path)
        size = json.loads(members["metadata.json"])["flatbuffer_bytes"]
        return cls(path.read_bytes()[:size], members)

    def metadata(self) -> dict:
        return json.loads(self.members["metadata.json"])

    def bytes(self, **options) -> bytes:
        """The file, with checksums put right unless ``sums`` is false."""
        return built(self.flatbuffer, list(self.members.items()), **options)


def built(flatbuffer, members, *, sums=True, method=zipfile.ZIP_STORED) -> bytes:
    """A file of these members, in this order."""
    if sums and any(name == "sha256.txt" for name, _ in members):
        members = [pair for pair in members if pair[0] != "sha256.txt"]
        lines = [f"{sha256(content)}  {name}\n" for name, content in members]
        members = [*members, ("sha256.txt", "".join(lines).encode())]
    stream = io.BytesIO(flatbuffer)
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "a", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            archive.writestr(info, content)
    return stream.getvalue()


def with_member(base: Base, name: str, content: bytes, **options) -> bytes:
    return base._replace(members=base.members | {name: content}).bytes(**options)


def alter_bytes(rng: random.Random, base: Base, other: Base) -> bytes:
    """Bits turned, bytes replaced, pieces removed, doubled or taken from another."""
    data, rest = base.bytes(), other.bytes()
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.randint(1, 64))
    kind = rng.randrange(8)
    if kind == 0:
        changed = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    fill = rng.randbytes(end - at) if kind == 1 else bytes([rng.choice((0, 255))])
    return {
        1: data[:at] + fill + data[end:],
        2: data[:at] + fill * (end - at) + data[end:],
        3: data[:at],
        4: data[:at] + data[end:],
        5: data[:at] + rest[min(at, len(rest)) :],
        6: data[:end] + data[at:],
        7: data + rest[rng.randrange(len(rest)) :],
    }[kind]


def places(value, path=()):
    """Every place of a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, one in inner:
        yield from places(one, (*path, key))


def alter_tree(rng: random.Random, value):
    """A JSON value with something in it replaced, removed or added."""
    for _ in range(rng.randint(1, 2)):
        found = [path for path in places(value) if path]
        if not found:
            return value
        *path, last = rng.choice(found)
        parent = value
        for step in path:
            parent = parent[step]
        kind = rng.randrange(5)
        if kind == 0:
            del parent[last]
        elif kind == 1 and isinstance(parent, dict):
            parent[rng.choice(("x", "mask_threshold", "channels", ""))] = junk(rng)
        elif kind == 2 and isinstance(parent[last], (int, float)):
            parent[last] = parent[last] + rng.choice((-1, 1, 0.5, 0.0))
        else:
            parent[last] = junk(rng)
    return value


def junk(rng):
    return json.loads(json.dumps(rng.choice(JUNK)))


def alter_text(rng: random.Random, text: str) -> bytes:
    """A JSON text, altered as text."""
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice((b"\xef\xbb\xbf", b" ", b"\xff", b"\0")) + text.encode()
    if kind == 1:
        return text.encode(rng.choice(("utf-16", "utf-32", "utf-8-sig")))
    if kind == 2:
        return text.encode() + rng.choice((b"\n", b"x", b"{}", b"\0", b"\xed\xa0\x80"))
    marks = [i for i, letter in enumerate(text) if letter in ":,["]
    at = rng.choice(marks) + 1
    if kind == 3:  # a key or a value more
        more = '"size": [6, 7],' if rng.random() < 0.5 else rng.choice(TEXTS) + ","
        return (text[:at] + more + text[at:]).encode()
    stop = min((text.find(c, at) for c in ",]}" if text.find(c, at) >= 0), default=at)
    return (text[:at] + rng.choice(TEXTS) + text[stop:]).encode()


def alter_metadata(rng: random.Random, base: Base, other: Base) -> bytes:
    """What metadata.json says, with right checksums, most times."""
    said = base.metadata()
    if rng.random() < 0.3:  # what small bundles lack
        said["instances"] = {"method": rng.choice(("components", "watershed"))}
        said["tiling"] = {"margin": rng.choice((0, 1, 3)), "stride": 1}
        said["palette"] = [[0, 0, 0], [9, 9, 9]]
        said["input"]["intensity"] = {"rule": "range", "low": 0, "high": 9}
        said["score_threshold"], said["mask_threshold"] = 0.3, 0.1
    if rng.random() < 0.1:
        said["format_version"] = rng.choice((1, 1.0, 2, 3, 0, "2"))
    content = json.dumps(alter_tree(rng, said)).encode()
    if rng.random() < 0.35:
        content = alter_text(rng, json.dumps(base.metadata()))
    return with_member(base, "metadata.json", content, sums=rng.random() < 0.9)


def alter_network(rng: random.Random, base: Base, other: Base) -> bytes:
    """Words of the flatbuffer: lengths, offsets and types, with the right checksum."""
    words = bytearray(base.flatbuffer)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(words) // 4) * 4
        value = rng.choice((0, 1, 2, 9, rng.randrange(64), rng.getrandbits(32)))
        words[at : at + 4] = value.to_bytes(4, "little")
    if rng.random() < 0.1:
        words = words[: rng.randrange(len(words))]
    facts = {"sha256": sha256(bytes(words)), "flatbuffer_bytes": len(words)}
    content = json.dumps(base.metadata() | facts).encode()
    changed = base._replace(flatbuffer=bytes(words))
    return with_member(changed, "metadata.json", content)


def parts_of(png: bytes) -> list[tuple[bytes, bytes]]:
    parts, at = [], 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        parts.append((kind, png[at + 8 : at + 8 + length]))
        at += 12 + length
    return parts


def png_of(parts) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I4s", len(content), kind)
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )


def alter_picture(rng: random.Random, base: Base, other: Base) -> bytes:
    """A golden picture: its head, its lines, how they are packed, its parts."""
    names = [name for name in base.members if name.endswith(".png")]
    name = rng.choice(names)
    parts = parts_of(base.members[name])
    lines = bytearray(zlib.decompress(b"".join(c for k, c in parts if k == b"IDAT")))
    head, packed, more = parts[0], zlib.compress(lines), []
    kind = rng.randrange(10)
    if kind == 0:
        numbers = bytearray(head[1])
        numbers[rng.randrange(13)] = rng.choice((0, 1, 2, 3, 6, 16, 255))
        head = b"IHDR", bytes(numbers)
    elif kind in (1, 2):
        for _ in range(rng.randint(1, 3)):
            lines[rng.randrange(len(lines))] = rng.choice((0, 1, 2, 3, 4, 5, 255))
        packed = zlib.compress(lines)
    elif kind == 3:
        packed = zlib.compress(lines + bytes(rng.randint(1, 9)))
    elif kind == 4:
        packed = packed[: rng.randrange(len(packed))]
    elif kind == 5:
        packed += rng.randbytes(rng.randint(1, 9))
    elif kind == 6:
        wrong = bytearray(packed)
        wrong[rng.randrange(len(wrong))] ^= 1 << rng.randrange(8)
        packed = bytes(wrong)
    elif kind == 7:
        kinds = (b"tRNS", b"PLTE", b"gAMA", b"IHDR", b"acTL", b"tEXt", b"ABCD")
        size = rng.choice((0, 1, 2, 6, 13))
        more = [(rng.choice(kinds), head[1][:size].ljust(size, b"\1"))]
    cut = rng.randrange(len(packed) + 1)
    pieces = [(b"IDAT", packed[:cut]), (b"IDAT", packed[cut:])]
    png = png_of([head, *more, *pieces, (b"IEND", b"")])
    if kind == 8:
        png = png[: rng.randrange(len(png))]
    if kind == 9:
        png = rng.choice((other.members["golden.png"], b"\xff\xd8\xff", png + b"more"))
    return with_member(base, name, png)


def alter_objects(rng: random.Random, base: Base, other: Base) -> bytes:
    """The golden objects; of a bundle that has none the picture."""
    name = "golden_instances.json"
    if name not in base.members:
        return alter_picture(rng, base, other)
    text = base.members[name].decode()
    if rng.random() < 0.3:
        return with_member(base, name, alter_text(rng, text))
    content = json.dumps(alter_tree(rng, json.loads(text))).encode()
    return with_member(base, name, content)


def alter_archive(rng: random.Random, base: Base, other: Base) -> bytes:
    """The zip itself: members that are missing, doubled, packed; its numbers."""
    members, kind = list(base.members.items()), rng.randrange(8)
    if kind == 0:
        members.pop(rng.randrange(len(members)))
        return built(base.flatbuffer, members, sums=rng.random() < 0.5)
    if kind == 1:
        rng.shuffle(members)
        return built(base.flatbuffer, members)
    if kind == 2:
        return built(base.flatbuffer, members, method=zipfile.ZIP_DEFLATED)
    if kind == 3:
        name, _ = rng.choice(members)
        twin = other.members.get(name, b"twin")
        data = bytearray(base.bytes())
        # A member more, under a name that is then made another's.
        data = bytearray(built(base.flatbuffer, [*members, ("X" * len(name), twin)]))
        return bytes(data).replace(b"X" * len(name), name.encode())
    if kind == 4:
        data = bytearray(base.bytes())
        comment = rng.randbytes(rng.choice((1, 30, 65_535)))
        struct.pack_into("<H", data, len(data) - 2, len(comment))
        return bytes(data) + comment
    data = bytearray(base.bytes())
    mark = rng.choice((b"PK\1\2", b"PK\3\4", b"PK\5\6"))
    found = [i for i in range(len(data)) if data[i : i + 4] == mark]
    at = rng.choice(found) + rng.randrange(4, {0x01: 46, 0x03: 30, 0x05: 22}[mark[2]])
    size = rng.choice((1, 2, 4))
    value = rng.choice((0, 1, 8, 2**16 - 1, 2**31, 2**32 - 1, rng.getrandbits(32)))
    data[at : at + size] = (value % 2 ** (8 * size)).to_bytes(size, "little")
    return bytes(data)


def alter_sums(rng: random.Random, base: Base, other: Base) -> bytes:
    """sha256.txt, or which version says that there is one."""
    text = base.members["sha256.txt"]
    lines = text.splitlines(keepends=True)
    changed = rng.choice(
        (
            *(
                b"",
                text.upper(),
                text.replace(b"  ", b" "),
                text + b"more\n",
                text[:-1],
            ),
            *(
                b"".join(reversed(lines)),
                b"".join(lines[1:]),
                text.replace(b"\n", b"\r\n"),
            ),
            *(b"\xff" + text, other.members["sha256.txt"], text + text, b"\n" + text),
        )
    )
    return with_member(base, "sha256.txt", changed, sums=False)


ALTERATIONS = {
    "bytes": alter_bytes,
    "metadata": alter_metadata,
    "network": alter_network,
    "picture": alter_picture,
    "objects": alter_objects,
    "archive": alter_archive,
    "sums": alter_sums,
}
