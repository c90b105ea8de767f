"""What comes in goes out, and damage of every kind is named."""

import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from kseg import bundle
from kseg.errors import BundleError
from tests.bundle import small
from tools.rewrite_bundle import members_of, rewrite

NETWORK = small.network()


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "net.tflite"
    small.write(path)
    return path


def refused(path, match):
    with pytest.raises(BundleError, match=match) as caught:
        bundle.read(path)
    assert str(path) in str(caught.value)


def test_every_truncation_is_an_error(written):
    data = written.read_bytes()
    cut = written.with_name("cut.tflite")
    for length in range(len(data)):
        cut.write_bytes(data[:length])
        refused(cut, r"cut\.tflite")


def test_every_altered_byte_is_an_error_or_does_not_matter(written):
    data, sound = written.read_bytes(), bundle.read(written)
    other, read = written.with_name("other.tflite"), 0
    for place in range(len(data)):
        other.write_bytes(data[:place] + bytes([data[place] ^ 64]) + data[place + 1 :])
        try:
            flatbuffer, metadata, golden = bundle.read(other)
        except BundleError:
            continue
        read += 1
        assert (flatbuffer, metadata) == (sound.flatbuffer, sound.metadata)
        np.testing.assert_array_equal(golden[0], sound.golden[0])
        np.testing.assert_array_equal(golden[1], sound.golden[1])
    # Dates, versions and labels.txt: less than a quarter.
    assert 0 < read < len(data) / 4


def test_a_changed_weight_is_an_error(written):
    data = bytearray(written.read_bytes())
    data[len(NETWORK) // 2] ^= 1
    written.write_bytes(data)
    refused(written, "altered or damaged: the sha256 of its network")


def test_a_changed_archive_is_an_error(written):
    data = bytearray(written.read_bytes())
    data[data.index(b'"semantic"') + 1] ^= 1
    written.write_bytes(data)
    refused(written, "without readable kseg metadata")


def test_not_a_bundle(tmp_path):
    refused(tmp_path / "none.tflite", "No such file")
    refused(tmp_path, "cannot be read")
    (tmp_path / "plain.tflite").write_bytes(NETWORK)
    refused(tmp_path / "plain.tflite", "without readable kseg metadata")
    (tmp_path / "text.tflite").write_text("hello")
    refused(tmp_path / "text.tflite", "is not a kseg bundle")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    refused(tmp_path / "other.zip", "is not a kseg bundle")


@pytest.mark.parametrize("name", ["metadata.json", "golden.png", "golden_labels.png"])
def test_a_member_that_has_not_its_checksum_is_an_error(written, name):
    members = members_of(written)
    other = members[name].replace(b"nucleus", b"nuclear")
    other = other if other != members[name] else other[1:]
    rewrite(written, NETWORK, members | {name: other}, sums=False)
    refused(written, f"the sha256 of its {name} is not the one in its sha256.txt")


@pytest.mark.parametrize(
    "sums, match",
    [(None, "has no sha256.txt"), (b"", "sha256 of its"), (b"\xff", "sha256 of its")],
)
def test_version_2_has_checksums(written, sums, match):
    rewrite(written, NETWORK, members_of(written) | {"sha256.txt": sums}, sums=False)
    refused(written, match)


def test_a_file_of_version_1_has_no_checksums_and_is_read(written):
    _, complete, golden = bundle.read(written)
    first = complete | {"format_version": 1}
    members = members_of(written) | {"metadata.json": first, "sha256.txt": None}
    rewrite(written, NETWORK, members, sums=False)
    again = bundle.read(written)
    assert again.metadata == first
    np.testing.assert_array_equal(again.golden[1], golden[1])


@pytest.mark.parametrize(
    "text, match",
    [
        (b"{", "is not JSON"),
        (b"\xff{}", "is not JSON"),
        (b"[" * 2000, "is not JSON: more than 32 lists"),
        (b'{"format_version": NaN}', "NaN is no number"),
        (b"[]", "expected metadata.json to be an object"),
        (b"{}", "expected format_version to be 1 or 2. Received: nothing"),
        (b'{"format_version": 3}', "format_version 3; this kseg reads up to 2"),
        (b'{"format_version": true}', "expected format_version to be 1 or 2"),
        (b'{"format_version": 0}', "expected format_version to be 1 or 2"),
        (b'{"format_version": 2}', "expected name to be a text"),
    ],
)
def test_bad_metadata(written, text, match):
    rewrite(written, NETWORK, members_of(written) | {"metadata.json": text})
    refused(written, match)


def test_a_newer_format_is_said_before_anything_else(written):
    newer = bundle.read(written).metadata | {"format_version": 7, "task": "depth"}
    members = members_of(written) | {"metadata.json": newer}
    rewrite(written, NETWORK, members, sums=False)
    refused(written, "format_version 7; this kseg reads up to 2. Install a newer kseg")


def test_a_part_of_a_network_is_refused(written):
    part = bundle.read(written).metadata | {"part": "features"}
    rewrite(written, NETWORK, members_of(written) | {"metadata.json": part})
    refused(written, "Expected a whole network.*'features'")


def test_metadata_is_given_as_it_was_said(written):
    """Defaults are the readers' business; numbers that are whole are whole."""
    said = bundle.read(written).metadata
    assert "tiling" not in said and "mask_threshold" not in said
    said |= {"author": {"x": [1.5, None]}, "palette": [[0.0, 1, 2], [3, 4, 5.0]]}
    rewrite(written, NETWORK, members_of(written) | {"metadata.json": said})
    found = bundle.read(written).metadata
    assert found == said
    assert [type(n) for colour in found["palette"] for n in colour] == [int] * 6


def test_what_is_compressed_is_refused_unpacked(written):
    """A megabyte that unpacks to gigabytes is not unpacked."""
    members = members_of(written)
    written.write_bytes(NETWORK)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    refused(written, "its metadata.json is compressed")


LIMITED = """
import resource, sys
from kseg import bundle
from kseg.errors import BundleError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    bundle.read(sys.argv[1])
except BundleError as error:
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(grown // 1024, error)
"""


def huge_png(side, channels):
    """A PNG of side x side pixels of 0: a megabyte for gigabytes."""
    line = bytes(1 + side * channels)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    parts = [
        (b"IHDR", side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])),
        (b"IDAT", packed),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(content).to_bytes(4, "big")
        + kind
        + content
        + zlib.crc32(kind + content).to_bytes(4, "big")
        for kind, content in parts
    )


def test_a_picture_of_gigabytes_is_refused_by_its_head(written):
    picture = huge_png(20_000, 3)
    assert len(picture) < 2**21
    rewrite(written, NETWORK, members_of(written) | {"golden.png": picture})
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(written)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(bundle.__file__).parents[2])},
        check=True,
    )
    grown, sentence = done.stdout.split(" ", 1)
    assert int(grown) < 50
    assert "golden.png has" in sentence or "must be a PNG of 10 x 6" in sentence


def test_members_are_bounded(written):
    text = b" " * (2**20 + 1)
    rewrite(written, NETWORK, members_of(written) | {"metadata.json": text})
    refused(written, "its metadata.json has 1048577 bytes, over 1048576")
    small.write(written, "instances")
    objects = members_of(written) | {"golden_instances.json": b" " * (2**20 + 999)}
    rewrite(written, small.network(task="instances"), objects)
    refused(written, "its golden_instances.json has 1049575 bytes")
