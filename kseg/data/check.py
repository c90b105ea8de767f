"""Read everything in a data folder and list what is wrong."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kseg.data.dataset import Dataset, Item
from kseg.data.listing import list_folder
from kseg.data.opening import read_listing
from kseg.data.splits import list_files, listed_names, missing_image
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
) -> list[Problem]:
    """Read every image and mask once and list what is wrong, file by file.

    Found are files that cannot be decoded, are empty or truncated; masks of another
    size; values that stand for no class; masks with background only; images with equal
    pixels; images without mask and masks without image; names that two files share;
    list files that name missing images, or one image for both train and val; and
    instances in pieces that lie 5 pixels or more apart.

    Args:
        root: The data folder.
        format: As ``open_dataset`` has it.
        progress: Wraps the range of images, for a progress bar.

    Returns:
        The problems; none if all is well.

    Raises:
        DataError: There is nothing to check: no folder, no images, unknown layout.
    """
    root = Path(root)
    listing = list_folder(root)
    found = list(listing.bad)
    found += (
        BadFile(
            mask,
            "expected an image of the same name. Received: none",
            "Add the image or remove the mask.",
        )
        for mask in listing.unused
    )
    try:
        dataset = read_listing(root, listing, format)
    except BadFile as error:
        found.append(error)
    else:
        first_of: dict[bytes, Path] = {}
        for index in progress(range(len(dataset))):
            found += _check_item(dataset, index, first_of)
    found += _check_lists(root, {item.name for item in listing.items})
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


def _check_item(dataset: Dataset, index: int, first_of: dict) -> Iterator[BadFile]:
    item = dataset.items[index]
    try:
        pixels = dataset.pixels(index)
    except BadFile as error:
        yield error
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
        target = dataset.target(index)
    except BadFile as error:
        yield error
        return
    yield from _check_target(dataset, item, target)


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
    if not target.any() or not (instances or (target != dataset.ignore_label).any()):
        yield BadFile(
            file,
            "expected labelled pixels. Received: background only",
            "Draw the mask, or leave the file as it is if the image is truly empty.",
        )
    for number in far_pieces(target) if instances else ():
        yield BadFile(
            file,
            f"expected instance {number} in one piece. Received: pieces {FAR} pixels "
            "apart or more",
            "Give each piece an id of its own if they are two objects.",
        )


def _check_lists(root: Path, known: set[str]) -> Iterator[BadFile]:
    lists: dict[str, list[str]] = {}
    for split, path in list_files(root).items():
        try:
            lists[split] = listed_names(path)
        except BadFile as error:
            yield error
            continue
        missing = [name for name in lists[split] if name not in known]
        for name in missing:
            yield missing_image(path, name, len(missing))
    both = set(lists.get("train", ())) & set(lists.get("val", ()))
    for name in sorted(both):
        yield BadFile(
            list_files(root)["val"],
            f"expected images that train.txt does not name. Received: {name!r}",
            "Remove the line from one of the two lists.",
        )
