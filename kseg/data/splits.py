"""Which images belong to a split: list files, folders, or a seeded draw."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from kseg.data.dataset import Item
from kseg.data.reading.listing import Listing
from kseg.data.reading.text_file import read_text
from kseg.errors import DataError
from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import SUFFIXES

Items = tuple[Item, ...]


def take_split(
    root: Path, listing: Listing, split: str | None, val_fraction: float, seed: int
) -> Items:
    """The items of one split.

    In this order: the names in the split's list file; the items whose names start
    with ``SPLIT/``; and, where there is neither for train nor for val, a draw by
    ``val_fraction`` and ``seed`` that leaves out what the split "test" holds. The draw
    sorts by a hash of seed and name, so it is the same on every machine.

    Args:
        root: The data folder, for errors.
        listing: What is in it.
        split: Its name; None is all items.
        val_fraction: Share of images to validate on, 0 to 1; at least one image.
        seed: Of the draw.

    Returns:
        In the order of the list file, or sorted by name.

    Raises:
        DataError: The split is unknown, or its list names what is not there.
    """
    if split is None:
        return listing.items
    found = _stated(listing, split)
    if found is not None:
        return found
    other = {"train": "val", "val": "train"}.get(split)
    if other is None:
        known = sorted({"train", "val", *listing.lists, *_folders(listing.items)})
        raise DataError(
            f"{root}: expected a split of {', '.join(known)}. Received: "
            f"split={split!r}. Choose one of them, or write splits/{split}.txt with "
            "one name a line."
        )
    if _stated(listing, other) is not None:
        raise DataError(
            f"{root}: expected the split {split!r} beside {other!r}. Received: no "
            f"{split}.txt and no images/{split}. Write splits/{split}.txt with one "
            "name a line, or name another split."
        )
    return _draw(root, listing, split, val_fraction, seed)


def read_list(path: Path, known: Collection[str]) -> tuple[list[str], list[str]]:
    """The items that a list file names.

    A line is a name, with or without an image's suffix; or an image's path, from which
    all up to ``images/`` is left out (YOLO's lists); or an image's path and its mask's,
    as Caffe's and TensorFlow's lists have them, of which the folders that are not part
    of the image's name are left out.

    Args:
        path: The list file.
        known: The names of all items.

    Returns:
        The names, and those of them that are not known.

    Raises:
        DataError: The file is no text, lists nothing, or a name twice.
    """
    lines = read_text(path, "Write one image name a line.").splitlines()
    names = [_listed_name(line.strip(), known) for line in lines if line.strip()]
    if not names:
        raise BadFile(path, "lists no images", "Write one image name a line.")
    seen: set[str] = set()
    twice = [name for name in names if name in seen or seen.add(name)]
    if twice:
        raise BadFile(path, f"lists {twice[0]!r} twice", "Remove one of the lines.")
    return names, [name for name in names if name not in known]


def missing_image(path: Path, name: str, count: int) -> BadFile:
    """The error of a list file that names images that are not there."""
    return BadFile(
        path,
        f"expected names of images. Received: {name!r}, which the data folder does not "
        f"hold, {count} such lines in all",
        "Add the image or remove the line.",
    )


def _listed_name(line: str, known: Collection[str]) -> str:
    paths = line.split()
    if len(paths) == 2 and all("/" in p and _is_image(p) for p in paths):
        parts = _without_suffix(paths[0]).split("/")
        ends = ("/".join(parts[i:]) for i in range(len(parts)))
        return next((end for end in ends if end in known), paths[0])
    name = _without_suffix(line)
    below = name.rpartition("images/")[2]
    return below if name not in known and below in known else name


def _is_image(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _without_suffix(name: str) -> str:
    return name[: name.rindex(".")] if _is_image(name) else name


def _stated(listing: Listing, split: str) -> Items | None:
    """What a list file or a folder says is the split; None where there is neither."""
    path = listing.lists.get(split)
    if path is None:
        found = (i for i in listing.items if i.name.startswith(f"{split}/"))
        return tuple(found) or None
    by_name = {item.name: item for item in listing.items}
    names, missing = read_list(path, by_name.keys())
    if missing:
        raise missing_image(path, missing[0], len(missing))
    return tuple(by_name[name] for name in names)


def _folders(items: Items) -> set[str]:
    return {item.name.split("/")[0] for item in items if "/" in item.name}


def _draw(
    root: Path, listing: Listing, split: str, val_fraction: float, seed: int
) -> Items:
    if not 0 < val_fraction < 1:
        raise ValueError(
            "Expected a fraction between 0 and 1. Received: "
            f"val_fraction={val_fraction}. 0.2 validates on one image of five."
        )
    test = {item.name for item in _stated(listing, "test") or ()}
    items = tuple(item for item in listing.items if item.name not in test)
    if len(items) < 2:
        raise DataError(
            f"{root}: expected 2 images or more to draw a validation split from. "
            f"Received: {len(items)}. Add images."
        )
    count = min(max(1, round(len(items) * val_fraction)), len(items) - 1)
    val = set(
        sorted((item.name for item in items), key=lambda n: _key(seed, n))[:count]
    )
    return tuple(item for item in items if (item.name in val) == (split == "val"))


def _key(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()
