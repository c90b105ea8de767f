"""The bundle: one ``.tflite`` file that also says what its numbers mean.

A bundle is a flatbuffer with an uncompressed zip behind it. Every LiteRT and
TensorFlow Lite runtime ignores what follows the flatbuffer, and every zip reader
ignores what comes before its archive, so the same file is given to both.

    flatbuffer | metadata.json  labels.txt  golden.png  golden_labels.png

``metadata.json`` holds sizes, classes, colours and rules (docs/export.md);
``labels.txt`` the classes, one a line; the golden pair one input and the label map
that the file gave for it where it was made, by which another machine checks itself.
For a network that finds objects that is ``golden_instances.json``, what it found.
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
IMAGE, LABELS, INSTANCES = "golden.png", "golden_labels.png", "golden_instances.json"
# Of the golden objects, their types and how many axes each has.
_OBJECTS = {
    "boxes": (np.float32, 2),
    "scores": (np.float32, 1),
    "classes": (np.int32, 1),
    "count": (np.int32, 0),
    "mask_sums": (np.float64, 1),
}
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
    golden: tuple[np.ndarray, np.ndarray | dict[str, np.ndarray]]


def write(
    path: str | os.PathLike,
    flatbuffer: bytes,
    metadata: Mapping[str, Any],
    golden: tuple[np.ndarray, np.ndarray | Mapping[str, np.ndarray]],
) -> dict[str, Any]:
    """Write a bundle, whole or not at all.

    The same arguments give the same bytes.

    Args:
        path: The file to write; an old one is replaced when the new one is complete.
        flatbuffer: A ``.tflite`` file's content without anything appended.
        metadata: JSON-ready; at least ``name``, ``task``, ``input``, ``output`` and
            ``classes``. ``format_version``, ``sha256``, ``flatbuffer_bytes`` and
            ``golden`` are filled in here.
        golden: As `Bundle` has it.

    Returns:
        The metadata as written.

    Raises:
        BundleError: The metadata lacks a key, or the golden pair is of another type.
        OSError: The file cannot be written.
    """
    image, result = golden
    by_objects = metadata.get("task") == "instances"
    _check_image("image", image, 3)
    if by_objects:
        member, content = INSTANCES, _to_json(result)
    else:
        _check_image("labels", result, 2)
        member, content = LABELS, _encode(result)
    complete = {
        "format_version": FORMAT_VERSION,
        **metadata,
        "sha256": sha256(flatbuffer),
        "flatbuffer_bytes": len(flatbuffer),
        "golden": {"image": IMAGE, "instances" if by_objects else "labels": member},
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
        member: content,
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
            by_objects = metadata["task"] == "instances"
            image = archive.read(IMAGE)
            result = archive.read(INSTANCES if by_objects else LABELS)
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
    result = (_from_json if by_objects else _decode)(result, path)
    return Bundle(flatbuffer, metadata, (_from_planes(planes, size), result))


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


def _check_image(name: str, array: np.ndarray, rank: int) -> None:
    if getattr(array, "dtype", None) != np.uint8 or array.ndim != rank:
        raise BundleError(
            f"The golden {name} must be uint8 of rank {rank}. Received: "
            f"{getattr(array, 'dtype', type(array))}, shape {np.shape(array)}."
        )


def _to_json(objects: Mapping[str, np.ndarray]) -> bytes:
    """Numbers as they are: a float32 is read back the same."""
    _check_objects(objects, "The golden objects")
    lists = {name: np.asarray(objects[name]).tolist() for name in _OBJECTS}
    return (json.dumps(lists) + "\n").encode()


def _from_json(content: bytes, path: Path) -> dict[str, np.ndarray]:
    what = f"{path}: its golden objects"
    try:
        lists = json.loads(content)
        arrays = {
            name: np.array(lists[name], dtype) for name, (dtype, _) in _OBJECTS.items()
        }
    except (ValueError, TypeError, KeyError) as error:
        raise BundleError(f"{what} cannot be read: {error!r}.") from error
    _check_objects(arrays, what)
    return arrays


def _check_objects(objects: Mapping[str, np.ndarray], what: str) -> None:
    if not isinstance(objects, Mapping) or set(objects) != set(_OBJECTS):
        found = sorted(objects) if isinstance(objects, Mapping) else type(objects)
        raise BundleError(f"{what} must be {', '.join(_OBJECTS)}. Received: {found}.")
    shapes = {name: np.shape(objects[name]) for name in _OBJECTS}
    number = (shapes["scores"] or (0,))[0]
    expected = {name: (number,) * (rank > 0) for name, (_, rank) in _OBJECTS.items()}
    expected["boxes"] = (number, 4)
    if shapes != expected or not 0 <= int(objects["count"]) <= number:
        raise BundleError(
            f"{what} must be of shapes {expected} and a count within. Received: "
            f"{shapes}."
        )


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
