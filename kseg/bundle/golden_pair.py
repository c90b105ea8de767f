"""The golden pair of a bundle, as files: an input, and what the network gave for it.

Images are PNG. Objects are JSON, which a browser reads too, with every digit: a float32
is read back as it was.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from kseg.errors import BundleError

# Of the objects: their types. ``mask_sums`` are of each mask's probabilities.
_TYPES = {
    "boxes": np.float32,
    "scores": np.float32,
    "classes": np.int32,
    "count": np.int32,
    "mask_sums": np.float64,
}
Result = np.ndarray | Mapping[str, np.ndarray]


def file_names(task: str) -> dict[str, str]:
    """What the metadata calls the two files, and their names in the bundle."""
    if task == "instances":
        return {"image": "golden.png", "instances": "golden_instances.json"}
    return {"image": "golden.png", "labels": "golden_labels.png"}


def to_files(image: np.ndarray, result: Result, task: str) -> tuple[bytes, bytes]:
    """The contents of both files.

    Args:
        image: (H, W, C) uint8.
        result: A label map, (H', W') uint8; for the task "instances" a dict of
            ``boxes`` (D, 4), ``scores`` (D,), ``classes`` (D,), ``count`` () and
            ``mask_sums`` (D,).
        task: Of the network.

    Raises:
        BundleError: They are of another type or shape.
    """
    _check_image("image", image, 3)
    if task == "instances":
        _check_objects(result, "The golden objects")
        lists = {name: np.asarray(result[name]).tolist() for name in _TYPES}
        return _encode(_planes(image)), (json.dumps(lists) + "\n").encode()
    _check_image("labels", result, 2)
    return _encode(_planes(image)), _encode(result)


def from_files(
    image: bytes, result: bytes, task: str, size: tuple[int, int, int], path: Path
) -> tuple[np.ndarray, Result]:
    """The inverse of `to_files`.

    Args:
        image: Content of the first file.
        result: Of the second.
        task: Of the network.
        size: (H, W, C) of the network's input.
        path: Of the bundle, for messages.

    Raises:
        BundleError: A file cannot be read, or does not fit the network.
    """
    planes = _decode(image, path)
    if planes.size != math.prod(size):
        raise BundleError(
            f"{path}: its golden image must be of the input's size {size}. "
            f"Received: a PNG of shape {planes.shape}."
        )
    read = _read_objects if task == "instances" else _decode
    return _from_planes(planes, size), read(result, path)


def _check_image(name: str, array: np.ndarray, rank: int) -> None:
    array = np.asarray(array)
    if array.dtype != np.uint8 or array.ndim != rank:
        raise BundleError(
            f"The golden {name} must be uint8 of rank {rank}. "
            f"Received: {array.dtype}, shape {array.shape}."
        )


def _check_objects(objects: Mapping[str, np.ndarray], what: str) -> None:
    if not isinstance(objects, Mapping) or set(objects) != set(_TYPES):
        found = sorted(objects) if isinstance(objects, Mapping) else type(objects)
        raise BundleError(f"{what} must be {', '.join(_TYPES)}. Received: {found}.")
    shapes = {name: np.shape(objects[name]) for name in _TYPES}
    number = (*shapes["scores"], 0)[0]
    expected = dict.fromkeys(_TYPES, (number,))
    expected |= {"boxes": (number, 4), "count": ()}
    if shapes != expected or not 0 <= int(objects["count"]) <= number:
        raise BundleError(
            f"{what} must be of shapes {expected} and a count within. Received: "
            f"{shapes}, count {objects['count']}."
        )


def _read_objects(content: bytes, path: Path) -> dict[str, np.ndarray]:
    what = f"{path}: its golden objects"
    try:
        lists = json.loads(content)
        arrays = {name: np.array(lists[name], kind) for name, kind in _TYPES.items()}
        if not arrays["boxes"].size:  # a list of no rows does not say how long
            arrays["boxes"] = arrays["boxes"].reshape(-1, 4)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise BundleError(f"{what} cannot be read: {error!r}.") from error
    _check_objects(arrays, what)
    return arrays


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
