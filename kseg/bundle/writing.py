"""Writing a bundle; `kseg.bundle.reading` says what it is."""

import json
import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from kseg.bundle.checks import check_metadata
from kseg.bundle.picture import encode
from kseg.bundle.reading import IMAGE, METADATA, SUMS, Result, checked
from kseg.bundle.rules import RULES
from kseg.bundle.sides import side_of
from kseg.bundle.strict_json import parse
from kseg.errors import BundleError
from kseg.files import atomic_path, sha256

FORMAT_VERSION = RULES["format_version"]


def write(
    path: str | os.PathLike,
    flatbuffer: bytes,
    metadata: Mapping[str, Any],
    golden: tuple[np.ndarray, Result] | None,
) -> dict[str, Any]:
    """Write a bundle, whole or not at all, and none that could not be read.

    The same arguments give the same bytes.

    Args:
        path: The file to write; an old one is replaced when the new one is complete.
        flatbuffer: A ``.tflite`` file's content without anything appended.
        metadata: JSON-ready, as docs/bundle_format.md lists it. ``format_version``,
            ``sha256``, ``flatbuffer_bytes`` and ``golden`` are filled in here.
        golden: As `Bundle` has it; None for a part of a network, whose metadata says
            which in ``part``. `read` refuses it, other readers have its metadata.

    Returns:
        The metadata as written.

    Raises:
        BundleError: The metadata breaks a rule or does not fit the network, or the
            golden pair is of another type.
        OSError: The file cannot be written.
    """
    version = {"format_version": FORMAT_VERSION}
    complete = {
        **version,
        **metadata,
        **version,  # a file that was read may be an older one
        "sha256": sha256(flatbuffer),
        "flatbuffer_bytes": len(flatbuffer),
        "golden": {},
    }
    side, pair = side_of(_values(complete, path)), {}
    if golden is not None:
        complete["golden"] = {"image": IMAGE, side.KEY: side.FILE}
        pair = {IMAGE: _picture(golden[0]), side.FILE: side.to_file(golden[1])}
    members = {
        METADATA: _text(complete),
        "labels.txt": "".join(f"{c}\n" for c in complete["classes"]).encode(),
        **pair,
    }
    sums = [f"{sha256(content)}  {name}\n" for name, content in members.items()]
    members[SUMS] = "".join(sums).encode()
    if golden is not None:
        checked(path, members[METADATA], flatbuffer, lambda name, _: members[name])
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


def _text(metadata) -> bytes:
    return (json.dumps(metadata, indent=1) + "\n").encode()


def _values(metadata, path) -> dict[str, Any]:
    """What a reader will take the metadata for, checked."""
    try:
        said = parse(_text(metadata))
    except ValueError as error:  # of a NaN
        raise BundleError(f"{path}: the metadata is no JSON: {error}.") from error
    return check_metadata(said, path)


def _picture(image: np.ndarray) -> bytes:
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or not image.size:
        raise BundleError(
            "The golden image must be uint8 of rank 3. "
            f"Received: {image.dtype}, shape {image.shape}."
        )
    return encode(image)
