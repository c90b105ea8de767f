"""The bundle: one ``.tflite`` file that also says what its numbers mean.

A bundle is a flatbuffer with an uncompressed zip behind it. Every LiteRT and
TensorFlow Lite runtime ignores what follows the flatbuffer, and every zip reader
ignores what comes before its archive, so the same file is given to both.

    flatbuffer | metadata.json  labels.txt  golden.png  golden_labels.png  sha256.txt

``metadata.json`` holds sizes, classes, colours and rules (docs/export.md);
``labels.txt`` the classes, one a line; the golden pair one input and the label map
that the file gave for it where it was made, by which another machine checks itself.
For a network that finds objects that is ``golden_instances.json``, what it found.
``sha256.txt``, since format version 2, has the checksums of the other members.
"""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kseg.bundle.golden_pair import Result, file_names, from_files, to_files
from kseg.errors import BundleError
from kseg.files import atomic_path, sha256

FORMAT_VERSION = 2
METADATA, SUMS = "metadata.json", "sha256.txt"
_REQUIRED = {
    "name": str,
    "task": str,
    "input": dict,
    "output": dict,
    "classes": list,
    "sha256": str,
    "flatbuffer_bytes": int,
}


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


def write(
    path: str | os.PathLike,
    flatbuffer: bytes,
    metadata: Mapping[str, Any],
    golden: tuple[np.ndarray, Result] | None,
) -> dict[str, Any]:
    """Write a bundle, whole or not at all.

    The same arguments give the same bytes.

    Args:
        path: The file to write; an old one is replaced when the new one is complete.
        flatbuffer: A ``.tflite`` file's content without anything appended.
        metadata: JSON-ready; at least ``name``, ``task``, ``input``, ``output`` and
            ``classes``. ``format_version``, ``sha256``, ``flatbuffer_bytes`` and
            ``golden`` are filled in here.
        golden: As `Bundle` has it; None for a part of a network, whose metadata says
            which in ``part``. `read` refuses it, other readers have its metadata.

    Returns:
        The metadata as written.

    Raises:
        BundleError: The metadata lacks a key, or the golden pair is of another type.
        OSError: The file cannot be written.
    """
    task, names, contents = metadata.get("task", ""), {}, ()
    if golden is not None:
        names, contents = file_names(task), to_files(*golden, task)
    version = {"format_version": FORMAT_VERSION}
    complete = {
        **version,
        **metadata,
        **version,  # a file that was read may be an older one
        "sha256": sha256(flatbuffer),
        "flatbuffer_bytes": len(flatbuffer),
        "golden": names,
    }
    _check_keys(complete, path)
    size = (*complete["input"]["size"], complete["input"]["channels"])
    if golden is not None and golden[0].shape != size:
        raise BundleError(
            f"The golden image must be of the input's size {size}. "
            f"Received: shape {golden[0].shape}."
        )
    members = {
        METADATA: (json.dumps(complete, indent=1) + "\n").encode(),
        "labels.txt": "".join(f"{c}\n" for c in complete["classes"]).encode(),
        **dict(zip(names.values(), contents, strict=True)),
    }
    sums = [f"{sha256(content)}  {name}\n" for name, content in members.items()]
    members[SUMS] = "".join(sums).encode()
    with atomic_path(path) as temporary:
        temporary.write_bytes(flatbuffer)
        with zipfile.ZipFile(temporary, "a", zipfile.ZIP_STORED) as archive:
            for name, content in members.items():
                # A fixed date: an export repeated gives the same bytes.
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return complete


def default_stride(output: tuple[int | None, int | None]) -> int:
    """A stride for a network that does not state its own.

    32 serves any network of up to 32-fold down-sampling; a smaller output has room for
    a smaller one only.
    """
    least = min([side for side in output if side] or [32])
    return min(32, 1 << (least.bit_length() - 1))


def read(path: str | os.PathLike) -> Bundle:
    """Read a bundle and check that it is whole.

    Args:
        path: The file.

    Returns:
        Flatbuffer, metadata and golden pair.

    Raises:
        BundleError: No such file, not a bundle, cut short, altered, or written in a
            format newer than this kseg reads.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            metadata = json.loads(archive.read(METADATA))
            _check_keys(metadata, path)
            _check_whole(metadata, path)
            names = list(file_names(metadata["task"]).values())
            contents = [archive.read(name) for name in names]
            if metadata["format_version"] > 1:
                sums = archive.read(SUMS).decode().split("\n")
                for name in (METADATA, *names):
                    _check_sum(name, archive.read(name), sums, path)
    except (zipfile.BadZipFile, KeyError, EOFError, UnicodeError) as error:
        raise BundleError(_no_archive(path, data)) from error
    except json.JSONDecodeError as error:
        raise BundleError(f"{path}: metadata.json is not JSON: {error}.") from error
    flatbuffer = data[: metadata["flatbuffer_bytes"]]
    if sha256(flatbuffer) != metadata["sha256"]:
        raise BundleError(
            f"{path} was altered or damaged: the sha256 of its network is not the one "
            "in its metadata. Copy or export the file again."
        )
    size = (*metadata["input"]["size"], metadata["input"]["channels"])
    golden = from_files(*contents, metadata["task"], size, path)
    return Bundle(flatbuffer, metadata, golden)


def _check_keys(metadata: Any, path: str | os.PathLike) -> None:
    version = metadata.get("format_version") if isinstance(metadata, dict) else None
    if type(version) is not int:
        raise BundleError(f"{path}: metadata.json has no format_version.")
    if version > FORMAT_VERSION:
        raise BundleError(
            f"{path} has format_version {version}; this kseg reads up to "
            f"{FORMAT_VERSION}. Install a newer kseg."
        )
    for key, kind in _REQUIRED.items():
        if not isinstance(metadata.get(key), kind):
            raise BundleError(
                f"{path}: metadata.json must have '{key}' of type {kind.__name__}. "
                f"Received: {metadata.get(key)!r}."
            )
    for key in ("size", "channels"):
        if key not in metadata["input"]:
            raise BundleError(f"{path}: metadata.json has no input.{key}.")


def _check_whole(metadata: dict[str, Any], path: Path) -> None:
    if "part" in metadata:
        raise BundleError(
            f"Expected a whole network. Received: {path}, the part "
            f"{metadata['part']!r} of one that was exported as two. Give the file that "
            "lies beside it, without the part's name, or run both parts with LiteRT as "
            "docs/export.md shows."
        )


def _check_sum(name: str, content: bytes, sums: list[str], path: Path) -> None:
    if f"{sha256(content)}  {name}" not in sums:
        raise BundleError(
            f"{path} was altered or damaged: the sha256 of its {name} is not the one "
            f"in its {SUMS}. Copy or export the file again."
        )


def _no_archive(path: Path, data: bytes) -> str:
    if data[4:8] == b"TFL3":
        return (
            f"{path} is a .tflite file without readable kseg metadata: either kseg did "
            "not write it, or it was cut short. Export it with kseg, or copy it again."
        )
    return f"{path} is not a kseg bundle (a .tflite file that kseg exported)."
