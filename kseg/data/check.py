"""Read everything in a data folder and list what is wrong."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kseg.data.dataset import Dataset
from kseg.data.open import list_data, read_listing
from kseg.data.reading.list_file import missing_image, read_list
from kseg.data.reading.listing import Listing
from kseg.data.sides import SIDES
from kseg.data.splits import shared
from kseg.imaging import read_mask
from kseg.imaging.bad_file import BadFile


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one file.

    Args:
        file: Its path.
        what: What was expected and what was found, without a full stop.
        remedy: What to do, a sentence.
    """

    file: str
    what: str
    remedy: str


def check_data(
    root: str | os.PathLike,
    format: str | None = None,
    progress: Callable[[Iterable], Iterable] = iter,
    say: Callable[[str], object] = lambda note: None,
) -> list[Problem]:
    """Read every image and mask once and list what is wrong, file by file.

    Found are files that cannot be decoded, are empty or truncated; masks of another
    size; values that stand for no class; masks of background (class 0) or of pixels to
    ignore only; images with equal pixels; images without mask and masks without image;
    names that two files share; list files that name missing images, or one image for
    both train and val; and, in id maps, objects in pieces that lie 5 pixels or more
    apart. Of annotations: those without an outline or with one that covers no pixel,
    of an unknown class, of an image that is not there, outside the image or of another
    size, boxes far from their masks, and file names that leave the folder.

    Args:
        root: The data folder.
        format: As ``open_dataset`` has it.
        progress: Wraps the range of images, for a progress bar.
        say: Takes each note on how the folder was read.

    Returns:
        The problems; none if all is well.

    Raises:
        DataError: There is nothing to check: no folder, no images, unknown layout.
    """
    root = Path(root)
    format, listing = list_data(root, format)
    problems = [*listing.bad, *listing.flaws]
    problems += (
        BadFile(
            mask,
            "expected an image of the same name. Received: none",
            "Add the image or remove this file.",
        )
        for mask in listing.unused
    )
    if listing.items:
        problems += _check_items(root, listing, format, progress, say)
    problems += _check_lists(listing)
    return [Problem(error.file, error.what, error.remedy) for error in problems]


def _check_items(root, listing, format, progress, say) -> Iterator[BadFile]:
    try:
        dataset = read_listing(root, listing, format)
    except BadFile as error:
        yield error
        return
    listed = {str(flaw) for flaw in dataset.flaws}
    for note in dataset.notes:
        if note not in listed:
            say(note)
    yield from dataset.flaws
    first_of: dict[bytes, Path] = {}
    for index in progress(range(len(dataset))):
        yield from _check_item(dataset, index, first_of)


def _check_item(dataset: Dataset, index: int, first_of: dict) -> Iterator[BadFile]:
    item = dataset.items[index]
    try:
        pixels = dataset.pixels(index)
    except BadFile as error:
        yield error
        yield from _check_masks(SIDES[dataset.kind].masks_of(dataset, item))
        return
    key = hashlib.sha256(f"{pixels.shape}{pixels.dtype}".encode())
    key.update(np.ascontiguousarray(pixels))
    first = first_of.setdefault(key.digest(), item.image)
    if first != item.image:
        yield BadFile(
            item.image,
            f"expected an image like no other. Received: the pixels of {first}",
            "Remove one of them; twins in train and val make scores too good.",
        )
    try:
        dataset.intensity.apply(pixels)
    except ValueError as error:
        what, _, remedy = str(error).rpartition(". ")
        yield BadFile(item.image, what, remedy)
    try:
        yield from SIDES[dataset.kind].check(dataset, index)
    except BadFile as error:
        yield error


def _check_masks(paths: Iterable[Path]) -> Iterator[BadFile]:
    """Masks whose image cannot be read: at least whether they can be."""
    for path in paths:
        try:
            read_mask(path)
        except BadFile as error:
            yield error


def _check_lists(listing: Listing) -> Iterator[BadFile]:
    known = {item.name for item in listing.items}
    for path in listing.lists.values():
        try:
            _, missing = read_list(path, known)
        except BadFile as error:
            yield error
            continue
        for name in missing:
            yield missing_image(path, name, len(missing))
    yield from shared(listing)
