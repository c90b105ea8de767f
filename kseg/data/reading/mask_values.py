"""From what a mask file holds to labels; a bad value names the file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kseg.imaging import voc_palette
from kseg.imaging.bad_file import BadFile
from kseg.imaging.masks import Mask, read_stored_mask
from kseg.imaging.palette import colour_codes

if TYPE_CHECKING:
    from kseg.data.dataset import Dataset

_NUMBER_REMEDY = (
    "Mend the mask; a class that is missing goes into classes.txt; where each gray is "
    "a class, write its colour behind its name there (name 128 128 128)."
)
_COLOUR_REMEDY = (
    "Mend the mask (no smoothed edges, no JPEG); a class that is missing goes into "
    "classes.txt; where masks hold numbers, names alone belong there."
)
_VOC_REMEDY = (
    "If the classes are others, write classes.txt beside JPEGImages, a line for each: "
    "name red green blue, the background first."
)


def read_labels(dataset: "Dataset", path: Path, size: tuple[int, int]) -> np.ndarray:
    """The label map of one file, by the rule of its data set.

    Args:
        dataset: Of label maps.
        path: The mask.
        size: Height and width of the image.

    Returns:
        (H, W) uint8.

    Raises:
        BadFile: It cannot be read, has another size, or a value that is no class.
    """
    mask = read_stored_mask(path)
    sized(mask.values, size, path)
    if dataset.mask_values == "colours":
        return colour_labels(mask.shown(), dataset.palette, path)
    numbers = stored_numbers(mask, dataset.mask_values, path)
    if dataset.stored_labels is not None:
        return mapped_labels(numbers, dataset.stored_labels, path)
    classes = len(dataset.class_names)
    return number_labels(numbers, classes, dataset.ignore_label, path)


def stored_numbers(mask: Mask, mask_values: str, path: Path) -> np.ndarray:
    """The numbers by which a mask names classes.

    Args:
        mask: What the file holds.
        mask_values: ``"ids"``: the numbers or indices as stored. ``"grays"``: of a
            palette of grays the grays. ``"voc"``: of a palette and of colours the
            numbers of PASCAL VOC's colours.
        path: For the error.

    Returns:
        (H, W) int32, or (H, W, 3) colours.

    Raises:
        BadFile: A colour that is none of VOC's.
    """
    if mask_values == "grays":
        return mask.grays()
    if mask_values == "ids" or mask.palette is None and mask.values.ndim == 2:
        return mask.values
    codes = colour_codes(np.array(voc_palette(256)))
    pixels = colour_codes(mask.shown())
    numbers = _nearest_code(codes, pixels)
    what = "one of the colours of PASCAL VOC's classes"
    check_values(mask.shown(), codes[numbers] == pixels, what, path, _VOC_REMEDY)
    return numbers.astype(np.int32)


def sized(mask: np.ndarray, size: tuple[int, int], path: Path) -> np.ndarray:
    """The mask itself, if it has the image's size (height, width).

    Raises:
        BadFile: It has not.
    """
    if mask.shape[:2] != tuple(size):
        turned = mask.shape[1::-1] == tuple(size)
        raise BadFile(
            path,
            f"expected the image's size, {size[0]}x{size[1]} (height x width). "
            f"Received: {mask.shape[0]}x{mask.shape[1]}",
            "Save the mask again from the image, without resizing"
            + (
                ", turned as viewers show the image (its EXIF orientation)." * turned
                or "."
            ),
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
        BadFile: Another value; or, of two classes, the ignored value without the one
            class, which may be meant by it.
    """
    allowed = f"labels 0 to {classes - 1}, or {ignore_label} to ignore"
    _refuse_colours(mask, allowed, path)
    if classes == 2 and (mask == ignore_label).any() and not (mask == 1).any():
        raise BadFile(
            path,
            f"expected label 1 beside {ignore_label}, which other masks hold together, "
            f"so that {ignore_label} is 'ignore'. Received: {ignore_label} without 1",
            f"If {ignore_label} is the class in this file, save it as 1; else leave "
            "the file out (--skip-bad).",
        )
    check_values(
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
    check_values(mask, labels >= 0, allowed, path)
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
    labels = _nearest_code(codes, pixels)
    what = f"one of the {len(codes)} colours of the classes"
    check_values(mask, codes[labels] == pixels, what, path, _COLOUR_REMEDY)
    return labels.astype(np.uint8)


def _ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers as text: 0 to 11, 255."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in runs)


def _nearest_code(codes: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Of each pixel the place of its colour, or of another if it is not there."""
    order = np.argsort(codes)
    at = np.searchsorted(codes[order], pixels).clip(max=len(codes) - 1)
    return order[at]


def _refuse_colours(mask: np.ndarray, allowed: str, path: Path) -> None:
    if mask.ndim == 3:
        raise BadFile(
            path,
            f"expected {allowed}. Received: colours",
            "Give each class its colour in classes.txt (name red green blue), or save "
            "the mask as gray.",
        )


def check_values(
    mask: np.ndarray, good: np.ndarray, allowed: str, path: Path, remedy: str = ""
) -> None:
    """Refuse a mask some of whose pixels are not good; the first one is named.

    Raises:
        BadFile: Its values, its place, and how many there are.
    """
    if good.all():
        return
    y, x = np.unravel_index(np.argmin(good), good.shape)
    raise BadFile(
        path,
        f"expected {allowed}. Received: {mask[y, x].tolist()} at row {y}, column {x}, "
        f"and {np.count_nonzero(~good) - 1} more such pixels",
        remedy or _NUMBER_REMEDY,
    )
