"""Read everything in a data folder and list what is wrong."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kseg.data.dataset import Dataset, Item
from kseg.data.open import list_data, read_listing
from kseg.data.reading.listing import Listing
from kseg.data.splits import missing_image, read_list
from kseg.imaging import read_mask
from kseg.imaging.bad_file import BadFile

FAR = 5  # pixels between the bounding boxes of two pieces of one instance


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
    both train and val; and, in id maps, instances in pieces that lie 5 pixels or more
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
    found = [*listing.bad, *listing.flaws]
    found += (
        BadFile(
            mask,
            "expected an image of the same name. Received: none",
            "Add the image or remove this file.",
        )
        for mask in listing.unused
    )
    if listing.items:
        found += _check_items(root, listing, format, progress, say)
    found += _check_lists(listing)
    return [Problem(error.file, error.what, error.remedy) for error in found]


def far_pieces(ids: np.ndarray) -> list[int]:
    """The instances with pieces whose bounding boxes lie ``FAR`` pixels apart or more.

    Args:
        ids: (H, W) integers, 0 for background.

    Returns:
        Their ids, sorted.
    """
    from scipy.ndimage import find_objects
    from skimage.measure import label

    pieces = label(ids, background=0, connectivity=2)
    owner = np.zeros(pieces.max() + 1, ids.dtype)
    owner[pieces] = ids
    largest: dict[int, int] = {}
    areas = np.bincount(pieces.ravel())
    for piece in range(1, len(owner)):
        kept = largest.get(owner[piece], piece)
        largest[owner[piece]] = max(kept, piece, key=lambda p: areas[p])
    boxes = find_objects(pieces)
    far = {
        int(owner[piece])
        for piece in range(1, len(owner))
        if _gap(boxes[piece - 1], boxes[largest[owner[piece]] - 1]) >= FAR
    }
    return sorted(far)


def _gap(box: tuple[slice, slice], other: tuple[slice, slice]) -> int:
    return max(
        max(a.start - b.stop, b.start - a.stop) for a, b in zip(box, other, strict=True)
    )


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
        if dataset.read_objects is None:
            yield from _check_masks(item)
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
        if dataset.read_objects is not None:
            annotations = dataset.annotations(index)
            yield from (thing for thing in annotations if isinstance(thing, BadFile))
        else:
            yield from _check_target(dataset, item, dataset.target(index))
    except BadFile as error:
        yield error


def _check_masks(item: Item) -> Iterator[BadFile]:
    """Masks whose image cannot be read: at least whether they can be."""
    paths = item.mask if isinstance(item.mask, tuple) else (item.mask,)
    for path in paths:
        try:
            if path is not None:
                read_mask(path)
        except BadFile as error:
            yield error


def _check_target(
    dataset: Dataset, item: Item, target: np.ndarray
) -> Iterator[BadFile]:
    of_instances = isinstance(item.mask, tuple)
    file = item.mask[0].parent if of_instances else item.mask
    instances = dataset.kind == "instances"
    only, drawn = _only_value(dataset, target)
    if only:
        yield BadFile(
            file,
            f"expected {'two objects or classes' if drawn else 'labelled pixels'}. "
            f"Received: {only} only",
            "Draw the mask, or leave the file as it is if the image is truly so.",
        )
    for number in far_pieces(target) if instances else ():
        yield BadFile(
            file,
            f"expected instance {number} in one piece. Received: pieces {FAR} pixels "
            "apart or more",
            "Give each piece an id of its own if they are two objects.",
        )


def _only_value(dataset: Dataset, target: np.ndarray) -> tuple[str | None, bool]:
    """What a mask holds alone, in words (None if it holds more), and if it is drawn."""
    instances = dataset.kind == "instances"
    seen = target if instances else target[target != dataset.ignore_label]
    if not seen.size:
        return "pixels to ignore", False
    first = seen.flat[0]
    if (seen != first).any():
        return None, False
    name = f"object {first}" if instances and first else dataset.class_names[first]
    ignored = " and pixels to ignore" if seen.size < target.size else ""
    return f"{name}{ignored}", bool(first)


def _check_lists(listing: Listing) -> Iterator[BadFile]:
    known = {item.name for item in listing.items}
    names: dict[str, list[str]] = {}
    for split, path in listing.lists.items():
        try:
            names[split], missing = read_list(path, known)
        except BadFile as error:
            yield error
            continue
        for name in missing:
            yield missing_image(path, name, len(missing))
    both = set(names.get("train", ())) & set(names.get("val", ()))
    for name in sorted(both):
        yield BadFile(
            listing.lists["val"],
            f"expected images that train.txt does not name. Received: {name!r}",
            "Remove the line from one of the two lists.",
        )
