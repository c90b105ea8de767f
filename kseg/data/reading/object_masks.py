"""From what mask files hold to ids of objects; a bad value names the file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kseg.data.reading.mask_values import check_values, sized
from kseg.imaging.bad_file import BadFile
from kseg.imaging.masks import Mask, read_stored_mask


def instance_ids(mask: np.ndarray, path: Path) -> np.ndarray:
    """The mask itself, if it can be an id map.

    Args:
        mask: (H, W) int32, or (H, W, 3) colours, which are refused.
        path: For the error.

    Returns:
        (H, W) int32.

    Raises:
        BadFile: Colours, or an id below 0.
    """
    if mask.ndim == 3:
        raise BadFile(
            path,
            "expected one instance id a pixel (16-bit gray). Received: 8-bit colours",
            "Save the ids unchanged as 16-bit gray PNG, or, if each colour is a class, "
            'read it with format="folder".',
        )
    check_values(mask, mask >= 0, "instance ids of 0 or more", path)
    return mask


def merge(paths: Sequence[Path], size: tuple[int, int]) -> np.ndarray:
    """One id map from one file an object; where two overlap, the first stays.

    Args:
        paths: Masks that are black outside their object.
        size: Height and width of the image.

    Returns:
        (H, W) int32, ids 1 to n in the order of the files.

    Raises:
        BadFile: A file cannot be read, has another size, or does not tell its object.
    """
    ids, count = np.zeros(size, np.int32), 0
    for path in paths:
        mask = read_stored_mask(path)
        sized(mask.values, size, path)
        found = object_pixels(mask, path) & (ids == 0)
        if found.any():
            count += 1
            ids[found] = count
    return ids


def object_pixels(mask: Mask, path: Path) -> np.ndarray:
    """Where the one object of a mask is: the higher of two values, or above half.

    Args:
        mask: What the file holds; of colours the largest channel counts.
        path: For the error.

    Returns:
        (H, W) bool.

    Raises:
        BadFile: Nothing is above half of white, or the mask is turned over.
    """
    shown, white = mask.shown(), mask.white
    if shown.ndim == 3:
        shown, white = shown.max(axis=2), 255
        if shown.min() == shown.max():  # colours that do not tell indices apart
            shown = mask.values if mask.values.ndim == 2 else shown
    low, high = int(shown.min()), int(shown.max())
    if low == high:
        return np.full(shown.shape, high > 0)
    inside = shown == high
    if (inside | (shown == low)).all():
        pass
    elif high * 2 > white:
        inside = shown * 2.0 > white
    else:
        raise BadFile(
            path,
            f"expected an object mask of two values, or grays up to {white}. Received: "
            f"grays from {low} to {high}",
            "Save the object white and the rest black.",
        )
    corners = inside[[0, 0, -1, -1], [0, -1, 0, -1]]
    if corners.all() and 0.5 < inside.mean() < 1:
        raise BadFile(
            path,
            "expected one object on a black background. Received: a mask that is white "
            f"in all four corners and on {100 * inside.mean():.0f} % of its pixels",
            "Turn it over: the object white, the rest black. If the object is truly so "
            "large, save the image's objects as one id map (docs/data.md).",
        )
    return inside
