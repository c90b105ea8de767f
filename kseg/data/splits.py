"""Which images belong to a split: list files, folders, or a seeded draw."""

import hashlib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from kseg.data.dataset import Item
from kseg.data.reading.list_file import missing_image, read_list
from kseg.data.reading.listing import Listing
from kseg.data.reading.split_names import looks_like_split, split_named, split_of
from kseg.errors import DataError
from kseg.imaging.bad_file import BadFile

Items = tuple[Item, ...]
SPLITS = ("train", "val", "test")


def take_split(
    root: Path, listing: Listing, split: str | None, val_fraction: float, seed: int
) -> Items:
    """The items of one split.

    In this order: the names in the split's list file; what a file of the format
    states; the items in a folder of the split's name; and, where there is none of
    these for train nor for val, a draw by ``val_fraction`` and ``seed`` that leaves out
    what the split "test" holds. The draw sorts by a hash of seed and name, so it is the
    same on every machine. ``Train``, ``val2017`` or ``validation`` are names of splits,
    too (``kseg.data.reading.split_names``).

    Args:
        root: The data folder, for errors.
        listing: What is in it.
        split: Its name; None is all items.
        val_fraction: Share of images to validate on, 0 to 1; at least one image.
        seed: Of the draw.

    Returns:
        In the order of the list file, or sorted by name.

    Raises:
        DataError: The split is unknown, its list names what is not there, an image is
            in the split to train on and in another, or images that look parted already
            would be drawn from.
    """
    if split is None:
        return listing.items
    items = _stated(listing, split)
    if items is not None:
        _refuse_leak(listing, split_named(split), items)
        return items
    other = {"train": "val", "val": "train"}.get(split_named(split))
    if other is None:
        known = {"train", "val", *listing.lists, *listing.stated}
        known = sorted(known | _folders(listing.items))
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
    items = _without_test(listing)
    _refuse_parted(root, items)
    return _draw(root, items, split_named(split), val_fraction, seed)


def shared(listing: Listing) -> Iterator[BadFile]:
    """Images that are in two of the splits train, val and test.

    Args:
        listing: What is in a data folder.

    Yields:
        What is wrong, an image each; lists that cannot be read are left out.
    """
    of_split: dict[str, Items] = {}
    for split in SPLITS:
        try:
            of_split[split] = _stated(listing, split, strict=False) or ()
        except DataError:  # said where the list is read for itself
            continue
    for first, second in combinations(of_split, 2):
        yield from _in_both(listing, first, second, of_split[first], of_split[second])


def _stated(listing: Listing, split: str, strict: bool = True) -> Items | None:
    """What a list file, a file of the format or a folder says is the split; None where
    there is nothing of it. Not strict, a list may name what is not there."""
    path = _list_file(listing, split)
    if path is not None:
        by_name = {item.name: item for item in listing.items}
        names, missing = read_list(path, by_name.keys())
        if missing and strict:
            raise missing_image(path, missing[0], len(missing))
        return tuple(by_name[name] for name in names if name in by_name)
    names = listing.stated.get(split_named(split) or split)
    if names is not None:
        return tuple(item for item in listing.items if item.name in names) or None
    items = tuple(i for i in listing.items if i.name.startswith(f"{split}/"))
    if split_named(split) and (not items or split in SPLITS):
        known = split_named(split)
        items = tuple(item for item in listing.items if split_of(item.name) == known)
    return items or None


def _list_file(listing: Listing, split: str) -> Path | None:
    """The list of a split, by its own name or by another.

    Raises:
        BadFile: Two lists are of the split.
    """
    if split in listing.lists or split_named(split) is None:
        return listing.lists.get(split)
    same = [
        path
        for name, path in listing.lists.items()
        if split_named(name) == split_named(split)
    ]
    if len(same) > 1:
        raise BadFile(
            same[1],
            f"expected one list of the split {split!r}. Received: {same[0].name} too",
            "Remove one of them.",
        )
    return same[0] if same else None


def _folders(items: Items) -> set[str]:
    return {item.name.split("/")[0] for item in items if "/" in item.name}


def _refuse_leak(listing: Listing, split: str | None, items: Items) -> None:
    """Refuse what is learned from and scored on: train beside val or test."""
    others = {"train": ("val", "test"), "val": ("train",), "test": ("train",)}
    for other in others.get(split, ()):
        found = _stated(listing, other) or ()
        for error in _in_both(listing, split, other, items, found):
            raise error


def _in_both(listing, first, second, items, others) -> Iterator[BadFile]:
    """What is wrong with images, by their paths, that two splits hold."""
    images = {item.image for item in items}
    for item in others:
        if item.image not in images:
            continue
        one, other = (_list_file(listing, split) for split in (first, second))
        if one and other:
            yield BadFile(
                other,
                f"expected images that {one.name} does not name. Received: "
                f"{item.name!r}",
                "Remove the line from one of the two lists.",
            )
        else:
            yield BadFile(
                one or other or item.image,
                "expected each image in one split alone. Received: "
                f"{item.name!r} in {first} and in {second}",
                "Part the images, or write splits/train.txt and splits/val.txt with "
                "one name a line.",
            )


def _without_test(listing: Listing) -> Items:
    test = {item.name for item in _stated(listing, "test") or ()}
    return tuple(item for item in listing.items if item.name not in test)


def _refuse_parted(root: Path, items: Items) -> None:
    """Refuse to draw from folders that look like splits of other names."""
    places: dict[str, str] = {}
    for item in items:
        folders = item.name.split("/")[:-1]
        like = [folder for folder in folders if looks_like_split(folder)]
        places.setdefault("/".join(like), "/".join(folders))
    if len(places) > 1:
        names = [place or "." for place in places.values()]
        raise DataError(
            f"{root}: expected images that are not parted yet, to draw a validation "
            f"split from. Received: the folders {', '.join(names[:8])}, which look "
            "like splits. Call them train and val, or name them (--train-split, "
            "--val-split), or write splits/train.txt and splits/val.txt with one name "
            "a line."
        )


def _draw(
    root: Path, items: Items, split: str, val_fraction: float, seed: int
) -> Items:
    if not 0 < val_fraction < 1:
        raise ValueError(
            "Expected a fraction between 0 and 1. Received: "
            f"val_fraction={val_fraction}. 0.2 validates on one image of five."
        )
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
