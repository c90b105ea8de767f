"""What the masks of a data folder hold, all together: every value, and how it lies.

Each mask is read once, when the folder is opened; the time is that of decoding, and
what was found is kept for as long as the file stays as it is.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from kseg.errors import DataError
from kseg.imaging.masks import Mask, read_stored_mask
from kseg.imaging.palette import colour_codes

_MOST_VALUES = 4096  # of one file; more are no classes
_REMEMBERED = 2**16  # files


@dataclass(frozen=True)
class Values:
    """The values of one mask, or of several.

    Args:
        path: The file; of several, the first.
        values: Distinct, sorted: numbers, indices, or colours as 0xRRGGBB.
        counts: Pixels of each.
        flat: Of those, the pixels whose left and upper neighbours are equal to them:
            most of an area, few of an edge; in a file of two values all.
        coloured: Whether the values are colours.
        palette: Colours as 0xRRGGBB of all indices; empty without a palette.
        bits: A channel.
        white: The number that is white at this depth.
    """

    path: Path
    values: np.ndarray
    counts: np.ndarray
    flat: np.ndarray
    coloured: bool = False
    palette: tuple[int, ...] = ()
    bits: int = 8
    white: int = 255

    @property
    def ragged(self) -> np.ndarray:
        """Which values lie at edges only: a quarter or less of each is flat."""
        return self.flat * 4 <= self.counts

    def mapped(self, numbers: np.ndarray, **changes) -> "Values":
        """The values called otherwise; two that are called the same are counted as one.

        Args:
            numbers: A new number for each value.
            changes: Of other fields.
        """
        values, at = np.unique(numbers, return_inverse=True)
        counts = np.bincount(at, self.counts, len(values)).astype(np.int64)
        flat = np.bincount(at, self.flat, len(values)).astype(np.int64)
        return replace(self, values=values, counts=counts, flat=flat, **changes)

    def as_colours(self) -> "Values":
        """The values as colours: of a palette, of grays, or as they are."""
        codes = self.values
        if self.palette:
            codes = np.array(self.palette)[codes]
        elif not self.coloured:
            codes = codes * 0x010101
        return self.mapped(codes, coloured=True, palette=())

    def as_grays(self) -> "Values":
        """The values as the grays that a palette shows; those of others as they are."""
        if not self.palette:
            return self
        return self.mapped(np.array(self.palette)[self.values] & 255, palette=())

    def is_gray(self) -> bool:
        """Whether nothing but grays is seen; of numbers always."""
        codes = self.as_colours().values if self.palette or self.coloured else []
        return all(code == (code & 255) * 0x010101 for code in codes)


def survey(paths: Iterable[Path]) -> list[Values]:
    """The values of each mask that can be read.

    Args:
        paths: Masks; what is wrong with one is said when it is read for its image.

    Returns:
        In the order of the paths.
    """
    found = []
    for path in paths:
        try:
            state = os.stat(path)
            found.append(_values(path, state.st_mtime_ns, state.st_size))
        except (DataError, OSError):
            continue
    return found


def together(files: list[Values]) -> Values:
    """The values of several masks, as one."""
    joined = replace(
        files[0],
        values=np.concatenate([file.values for file in files]),
        counts=np.concatenate([file.counts for file in files]),
        flat=np.concatenate([file.flat for file in files]),
    )
    return joined.mapped(joined.values)


@lru_cache(maxsize=_REMEMBERED)
def _values(path: Path, modified: int, size: int) -> Values:
    mask = read_stored_mask(path)
    coloured = mask.values.ndim == 3
    pixels = colour_codes(mask.values) if coloured else mask.values
    values, counts, flat = _count(pixels)
    few = slice(None, _MOST_VALUES)
    return Values(
        path,
        values[few],
        counts[few],
        flat[few],
        coloured,
        _codes(mask),
        mask.bits,
        mask.white,
    )


def _codes(mask: Mask) -> tuple[int, ...]:
    return () if mask.palette is None else tuple(colour_codes(mask.palette).tolist())


def _count(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct values, pixels of each, and how many of those are flat."""
    low, high = int(pixels.min()), int(pixels.max())
    if 0 <= low and high < 2**16:
        histogram = np.bincount(pixels.ravel())
        values = np.flatnonzero(histogram)
        counts = histogram[values]
    else:
        values, counts = np.unique(pixels, return_counts=True)
    if len(values) <= 2:  # they are told apart without
        return values, counts, counts.copy()
    inner = pixels[1:, 1:]
    same = (inner == pixels[:-1, 1:]) & (inner == pixels[1:, :-1])
    flat = np.bincount(np.searchsorted(values, inner[same]), minlength=len(values))
    return values, counts, flat
