"""An archive behind something else, as ``zipfile`` writes it, and damaged ones."""

import io
import struct
import zipfile

import pytest

from kseg.bundle.archive import ArchiveError, directory, member

CONTENTS = {"a.txt": b"first", "empty": b"", "b.bin": bytes(range(256)) * 9}


def archive(contents=CONTENTS, before=b"something else", comment=b"", method=0):
    stream = io.BytesIO(before)
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "a", method) as target:
        target.comment = comment
        for name, content in contents.items():
            target.writestr(name, content)
    return stream.getvalue()


def read(data, name, most=10_000):
    return member(data, directory(data), name, most)


@pytest.mark.parametrize("before", [b"", b"x", b"PK\5\6" * 99])
@pytest.mark.parametrize("comment", [b"", b"hello", bytes(65535)])
def test_reads_what_zipfile_writes(before, comment):
    data = archive(before=before, comment=comment)
    assert set(directory(data)) == set(CONTENTS)
    for name, content in CONTENTS.items():
        assert read(data, name) == content


def test_what_lies_before_may_be_cut_off():
    """Offsets count from the end, whatever the directory says of the beginning."""
    whole = archive(before=b"12345678")
    assert read(whole[3:], "b.bin") == CONTENTS["b.bin"]


def test_of_one_name_the_last_counts():
    with pytest.warns(UserWarning, match="Duplicate"):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "a") as target:
            target.writestr("a", b"old")
            target.writestr("a", b"new")
    assert read(stream.getvalue(), "a") == b"new"


@pytest.mark.parametrize(
    "name, most, match",
    [("none", 9, "it has no none"), ("b.bin", 2303, "has 2304 bytes, over 2303")],
)
def test_refuses_members(name, most, match):
    with pytest.raises(ArchiveError, match=match):
        read(archive(), name, most)


def test_refuses_what_is_compressed():
    with pytest.raises(ArchiveError, match="its b.bin is compressed"):
        read(archive(method=zipfile.ZIP_DEFLATED), "b.bin")


@pytest.mark.parametrize(
    "data", [b"", b"PK\5\6", bytes(100), archive()[:-1], archive() + bytes(70_000)]
)
def test_refuses_files_without_a_directory(data):
    with pytest.raises(ArchiveError, match="no directory"):
        directory(data)


def altered(data, mark, offset, kind, value):
    """The number behind the last mark, changed."""
    changed = bytearray(data)
    struct.pack_into(kind, changed, data.rindex(mark) + offset, value)
    return bytes(changed)


@pytest.mark.parametrize(
    "mark, offset, kind, value",
    [
        (b"PK\5\6", 10, "<H", 9),  # entries
        (b"PK\5\6", 12, "<I", 7),  # bytes of the directory
        (b"PK\5\6", 12, "<I", 2**32 - 1),
        (b"PK\5\6", 16, "<I", 5),  # where it is said to begin
        (b"PK\1\2", 0, "<I", 0),
        (b"PK\1\2", 16, "<I", 1),  # CRC-32
        (b"PK\1\2", 20, "<I", 3),  # packed bytes
        (b"PK\1\2", 24, "<I", 2**32 - 1),  # bytes
        (b"PK\1\2", 28, "<H", 60_000),  # of the name
        (b"PK\1\2", 42, "<I", 2**32 - 1),  # where the member is
        (b"PK\3\4", 0, "<I", 0),
        (b"PK\3\4", 26, "<H", 60_000),
    ],
)
def test_every_damage_is_said(mark, offset, kind, value):
    with pytest.raises(ArchiveError, match="damaged|leaves|not where|has no"):
        read(altered(archive(), mark, offset, kind, value), "b.bin", 2**33)
