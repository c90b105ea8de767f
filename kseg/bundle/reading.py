"""The bundle: one ``.tflite`` file that also says what its numbers mean.

A bundle is a flatbuffer with an uncompressed zip behind it. Every LiteRT and
TensorFlow Lite runtime ignores what follows the flatbuffer, and every zip reader
ignores what comes before its archive, so the same file is given to both.

    flatbuffer | metadata.json  labels.txt  golden.png  golden_labels.png  sha256.txt

``metadata.json`` holds sizes, classes, colours and rules (docs/bundle_format.md);
``labels.txt`` the classes, one a line; the golden pair one input and the label map
that the file gave for it where it was made, by which another machine checks itself.
For a network that finds objects that is ``golden_instances.json``, what it found.
``sha256.txt``, since format version 2, has the checksums of the other members.
"""

import math
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kseg.bundle import archive
from kseg.bundle.checks import check_metadata, check_network
from kseg.bundle.picture import decode
from kseg.bundle.rules import LIMITS
from kseg.bundle.sides import side_of
from kseg.bundle.strict_json import parse
from kseg.errors import BundleError
from kseg.files import sha256

METADATA, IMAGE, SUMS = "metadata.json", "golden.png", "sha256.txt"
Result = np.ndarray | Mapping[str, np.ndarray]


class Bundle(NamedTuple):
    """What a bundle holds.

    Attributes:
        flatbuffer: The network alone, as the interpreter's ``model_content`` takes it.
        metadata: The content of ``metadata.json``.
        golden: An input, uint8 (H, W, C), and what belongs to it: the label map, uint8
            (H', W'); or, where ``task`` is "instances", a dict of ``boxes`` (D, 4),
            ``scores`` (D,), ``classes`` (D,), ``count`` () and ``mask_sums`` (D,), the
            sum of each mask's probabilities.
    """

    flatbuffer: bytes
    metadata: dict[str, Any]
    golden: tuple[np.ndarray, Result]


def read(path: str | os.PathLike) -> Bundle:
    """Read a bundle and check that it is whole, and what its metadata says.

    No more of a member or a picture is unpacked than its network's sizes allow.

    Args:
        path: The file.

    Returns:
        Flatbuffer, metadata and golden pair.

    Raises:
        BundleError: No such file, not a bundle, cut short, altered, written in a
            format newer than this kseg reads, or against the rules (rules.json).
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        entries = archive.directory(data)
        content = archive.member(data, entries, METADATA, LIMITS["text_bytes"])
    except archive.ArchiveError as error:
        raise BundleError(_no_metadata(path, data, error)) from error
    return checked(path, content, data, partial(_member, path, data, entries))


def checked(
    path: str | os.PathLike,
    content: bytes,
    data: bytes,
    member: Callable[[str, int], bytes],
) -> Bundle:
    """A bundle of these parts, every one of them checked.

    Args:
        path: For messages.
        content: Of metadata.json.
        data: The flatbuffer, and whatever follows it.
        member: Gives the content of another member, of so many bytes at most.

    Raises:
        BundleError: As `read`.
    """
    try:
        said = parse(content)
    except ValueError as error:
        raise BundleError(f"{path}: {METADATA} is not JSON: {error}.") from error
    values = check_metadata(said, path)
    if values["part"] is not None:
        raise BundleError(
            f"Expected a whole network. Received: {path}, the part "
            f"{values['part']!r} of one that was exported as two. Give the file that "
            "lies beside it, without the part's name, or run both parts with LiteRT as "
            "docs/export.md shows."
        )
    check = partial(_check_sum, path, _sums(values, member))
    check(METADATA, content)
    flatbuffer = data[: values["flatbuffer_bytes"]]
    if sha256(flatbuffer) != values["sha256"]:
        raise BundleError(_altered(path, "network", "metadata"))
    check_network(flatbuffer, values, path)
    size = (*values["input"]["size"], values["input"]["channels"])
    most = LIMITS["text_bytes"] + LIMITS["picture_bytes_a_value"] * math.prod(size)
    picture = check(IMAGE, member(IMAGE, most))
    image = decode(picture, size, f"{path}: its {IMAGE}")
    side = side_of(values)
    result = check(side.FILE, member(side.FILE, most))
    golden = image, side.from_file(result, values, path)
    return Bundle(flatbuffer, _as_said(said, values), golden)


def _member(path, data, entries, name, most) -> bytes:
    try:
        return archive.member(data, entries, name, most)
    except archive.ArchiveError as error:
        raise BundleError(
            f"{path}: {error}. Copy the file again, or export the network again."
        ) from error


def _sums(values, member) -> list[str] | None:
    """The lines of sha256.txt, which files of version 1 lack."""
    if values["format_version"] < 2:
        return None
    return member(SUMS, LIMITS["text_bytes"]).decode("utf-8", "replace").split("\n")


def _check_sum(path, sums, name, content) -> bytes:
    if sums is not None and f"{sha256(content)}  {name}" not in sums:
        raise BundleError(_altered(path, name, SUMS))
    return content


def _altered(path, what, where):
    return (
        f"{path} was altered or damaged: the sha256 of its {what} is not the one in "
        f"its {where}. Copy or export the file again."
    )


def _as_said(said, values):
    """The values without the defaults that the file does not have."""
    if isinstance(said, dict):
        return {key: _as_said(value, values[key]) for key, value in said.items()}
    return said if said is None else values


def _no_metadata(path: Path, data: bytes, error: archive.ArchiveError) -> str:
    if data[4:8] == b"TFL3":
        return (
            f"{path} is a .tflite file without readable kseg metadata ({error}): "
            "either kseg did not write it, or it was cut short. Export it with kseg, "
            "or copy it again."
        )
    return f"{path} is not a kseg bundle (a .tflite file that kseg exported)."
