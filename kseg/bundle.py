"""The bundle: one ``.tflite`` file that also says what its numbers mean.

A bundle is a flatbuffer with an uncompressed zip behind it. Every LiteRT and
TensorFlow Lite runtime ignores what follows the flatbuffer, and every zip reader
ignores what comes before its archive, so the same file is given to both.

    flatbuffer | metadata.json  labels.txt  golden.png  golden_labels.png

``metadata.json`` holds sizes, classes, colours and rules (docs/export.md);
``labels.txt`` the classes, one a line; the golden pair one input and the label map
that the file gave for it where it was made, by which another machine checks itself.
"""

import io
import json
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from kseg.errors import BundleError
from kseg.files import atomic_path, sha256

FORMAT_VERSION = 1
IMAGE, LABELS = "golden.png", "golden_labels.png"
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
        golden: ``(image, labels)``: an input, uint8 (H, W, C), and the label map that
            belongs to it, uint8 (H', W').
    """

    flatbuffer: bytes
    metadata: dict[str, Any]
    golden: tuple[np.ndarray, np.ndarray]


def write(
    path: str | os.PathLike,
    flatbuffer: bytes,
    metadata: Mapping[str, Any],
    golden: tuple[np.ndarray, np.ndarray],
) -> dict[str, Any]:
    """Write a bundle, whole or not at all.

    The same arguments give the same bytes.

    Args:
        path: The file to write; an old one is replaced when the new one is complete.
        flatbuffer: A ``.tflite`` file's content without anything appended.
        metadata: JSON-ready; at least ``name``, ``task``, ``input``, ``output`` and
            ``classes``. ``format_version``, ``sha256``, ``flatbuffer_bytes`` and
            ``golden`` are filled in here.
        golden: ``(image, labels)``, uint8 (H, W, C) and uint8 (H', W').

    Returns:
        The metadata as written.

    Raises:
        BundleError: The metadata lacks a key, or the golden pair is of another type.
        OSError: The file cannot be written.
    """
    image, labels = golden
    for name, array, rank in (("image", image, 3), ("labels", labels, 2)):
        if array.dtype != np.uint8 or array.ndim != rank:
            raise BundleError(
                f"The golden {name} must be uint8 of rank {rank}. "
                f"Received: {array.dtype}, shape {array.shape}."
            )
    complete = {
        "format_version": FORMAT_VERSION,
        **metadata,
        "sha256": sha256(flatbuffer),
        "flatbuffer_bytes": len(flatbuffer),
        "golden": {"image": IMAGE, "labels": LABELS},
    }
    _check_keys(complete, path)
    size = (*complete["input"]["size"], complete["input"]["channels"])
    if image.shape != size:
        raise BundleError(
            f"The golden image must be of the input's size {size}. "
            f"Received: shape {image.shape}."
        )
    members = {
        "metadata.json": (json.dumps(complete, indent=1) + "\n").encode(),
        "labels.txt": "".join(f"{c}\n" for c in complete["classes"]).encode(),
        IMAGE: _encode(_planes(image)),
        LABELS: _encode(labels),
    }
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
            metadata = json.loads(archive.read("metadata.json"))
            _check_keys(metadata, path)
            image, labels = archive.read(IMAGE), archive.read(LABELS)
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
    planes = _decode(image, path)
    if planes.size != math.prod(size):
        raise BundleError(
            f"{path}: its golden image must be of the input's size {size}. "
            f"Received: a PNG of shape {planes.shape}."
        )
    golden = (_from_planes(planes, size), _decode(labels, path))
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


def _no_archive(path: Path, data: bytes) -> str:
    if data[4:8] == b"TFL3":
        return (
            f"{path} is a .tflite file without readable kseg metadata: either kseg did "
            "not write it, or it was cut short. Export it with kseg, or copy it again."
        )
    return f"{path} is not a kseg bundle (a .tflite file that kseg exported)."


def _planes(image: np.ndarray) -> np.ndarray:
    """As PNG holds it: gray or BGR; other channel counts one below the other."""
    if image.shape[2] == 3:
        return image[:, :, ::-1]
    return image.transpose(2, 0, 1).reshape(-1, image.shape[1])


def _from_planes(planes: np.ndarray, size: tuple[int, int, int]) -> np.ndarray:
    if planes.ndim == 3:
        return np.ascontiguousarray(planes[:, :, ::-1])
    height, width, channels = size
    return planes.reshape(channels, height, width).transpose(1, 2, 0).copy()


def _encode(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", np.ascontiguousarray(image))[1].tobytes()


def _decode(png: bytes, path: Path) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise BundleError(f"{path}: its golden picture is not a PNG.")
    return image
