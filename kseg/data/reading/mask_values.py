"""From what a mask file holds to labels and ids; a bad value names the file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from kseg.imaging import read_mask
from kseg.imaging.bad_file import BadFile
from kseg.imaging.palette import colour_codes


def sized(mask: np.ndarray, size: tuple[int, int], path: Path) -> np.ndarray:
    """The mask itself, if it has the image's size (height, width).

    Raises:
        BadFile: It has not.
    """
    if mask.shape[:2] != tuple(size):
        raise BadFile(
            path,
            f"expected the image's size, {size[0]}x{size[1]} (height x width). "
            f"Received: {mask.shape[0]}x{mask.shape[1]}",
            "Save the mask again from the image, without resizing.",
        )
    return mask


def number_labels(
    mask: np.ndarray, classes: int, ignore_label: int, path: Path
) -> np.ndarray:
    """Labels from class numbers.

    Args:
        mask: (H, W) int32, or (H, W, 3) colours, which are refused.
        classes: Labels are 0 to ``classes - 1``.
        ignore_label: Allowed too.
        path: For the error.

    Returns:
        (H, W) uint8.

    Raises:
        BadFile: Another value.
    """
    allowed = f"labels 0 to {classes - 1}, or {ignore_label} to ignore"
    _refuse_colours(mask, allowed, path)
    _check(
        mask,
        ((mask >= 0) & (mask < classes)) | (mask == ignore_label),
        allowed,
        path,
    )
    return mask.astype(np.uint8)


def mapped_labels(
    mask: np.ndarray, stored_labels: Mapping[int, int], path: Path
) -> np.ndarray:
    """Labels from the numbers by which a data set stores them.

    Args:
        mask: (H, W) int32, or (H, W, 3) colours, which are refused.
        stored_labels: Number to label; both 0 to 255.
        path: For the error.

    Returns:
        (H, W) uint8.

    Raises:
        BadFile: Another value.
    """
    allowed = f"{_ranges(sorted(stored_labels))} in a mask of this data set"
    _refuse_colours(mask, allowed, path)
    top = max(stored_labels) + 1
    table = np.full(top + 1, -1, np.int16)  # the last entry, which -1 reads, too
    table[list(stored_labels)] = list(stored_labels.values())
    labels = table[np.clip(mask, -1, top)]
    _check(mask, labels >= 0, allowed, path)
    return labels.astype(np.uint8)


def colour_labels(
    mask: np.ndarray, palette: Sequence[tuple[int, int, int]], path: Path
) -> np.ndarray:
    """Labels from one colour a class.

    Args:
        mask: (H, W, 3) uint8, or (H, W) int32 where every pixel is gray.
        palette: (red, green, blue) of each class.
        path: For the error.

    Returns:
        (H, W) uint8.

    Raises:
        BadFile: A colour of no class.
    """
    if mask.ndim == 2:
        mask = np.repeat(mask[..., None], 3, axis=2)
    codes, pixels = colour_codes(np.array(palette)), colour_codes(mask)
    order = np.argsort(codes)
    at = np.searchsorted(codes[order], pixels).clip(max=len(codes) - 1)
    labels = order[at]
    what = f"one of the {len(codes)} colours of the classes"
    _check(mask, codes[labels] == pixels, what, path)
    return labels.astype(np.uint8)


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
    _check(mask, mask >= 0, "instance ids of 0 or more", path)
    return mask


def merge(paths: Sequence[Path], size: tuple[int, int]) -> np.ndarray:
    """One id map from one file an instance; where two overlap, the first stays.

    Args:
        paths: Masks that are 0 outside their instance.
        size: Height and width of the image.

    Returns:
        (H, W) int32, ids 1 to n in the order of the files.

    Raises:
        BadFile: A file cannot be read or has another size.
    """
    ids, count = np.zeros(size, np.int32), 0
    for path in paths:
        mask = sized(read_mask(path), size, path)
        found = (mask.any(axis=2) if mask.ndim == 3 else mask != 0) & (ids == 0)
        if found.any():
            count += 1
            ids[found] = count
    return ids


def _ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers as text: 0 to 11, 255."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in runs)


def _refuse_colours(mask: np.ndarray, allowed: str, path: Path) -> None:
    if mask.ndim == 3:
        raise BadFile(
            path,
            f"expected {allowed}. Received: colours",
            "Give each class its colour in classes.txt (name red green blue), or save "
            "the mask as gray.",
        )


def _check(mask: np.ndarray, good: np.ndarray, allowed: str, path: Path) -> None:
    if good.all():
        return
    y, x = np.unravel_index(np.argmin(good), good.shape)
    raise BadFile(
        path,
        f"expected {allowed}. Received: {mask[y, x].tolist()} at row {y}, column {x}, "
        f"and {np.count_nonzero(~good) - 1} more such pixels",
        "Mend the mask; a class that is missing goes into classes.txt.",
    )
