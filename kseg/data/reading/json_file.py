"""Read JSON that others wrote: numbers, and file names that stay in their folder."""

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import read_bytes


def read_json(path: Path) -> dict:
    """The object in a JSON file.

    Raises:
        BadFile: It cannot be read, is no JSON, or holds something else.
    """
    try:
        found = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadFile):
            raise
        what = f"expected JSON ({error or 'nested too deeply'})"
        raise BadFile(path, what, "Export the annotations again.") from error
    if not isinstance(found, dict):
        raise BadFile(
            path,
            f"expected a JSON object. Received: {type(found).__name__}",
            "Export the annotations again.",
        )
    return found


def inner_path(name: object) -> PurePosixPath | None:
    """A file name as a path below a folder; None if it leads elsewhere."""
    if not isinstance(name, str) or not name.strip() or "\0" in name:
        return None
    path = PurePosixPath(name.replace("\\", "/"))
    outside = path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive
    return None if outside or not path.name else path


def numbers(values: object, count: int | None = None) -> np.ndarray | None:
    """A flat list of finite numbers as float64; None if it is no such list."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return None
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
        return None
    try:
        array = np.array(values, np.float64)
    except OverflowError:  # an integer that no float holds
        return None
    fits = array.ndim == 1 and (count is None or len(array) == count)
    return array if fits and np.isfinite(array).all() else None
