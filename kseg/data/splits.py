"""Which images belong to a split: list files, folders, or a seeded draw."""

import hashlib
from pathlib import Path

from kseg.data.dataset import Item
from kseg.errors import DataError
from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import SUFFIXES

Items = tuple[Item, ...]


def take_split(
    items: Items, root: Path, split: str | None, val_fraction: float, seed: int
) -> Items:
    """The items of one split.

    In this order: the names in ``splits/SPLIT.txt`` (train.txt, val.txt and test.txt
    may lie in the data folder itself); the images in the folder ``images/SPLIT``; and,
    where there is neither for train nor for val, a draw by ``val_fraction`` and
    ``seed`` that leaves out what the split "test" holds. The draw sorts by a hash of
    seed and name, so it is the same on every machine.

    Args:
        items: All items.
        root: The data folder.
        split: Its name; None is all items.
        val_fraction: Share of images to validate on, 0 to 1; at least one image.
        seed: Of the draw.

    Returns:
        In the order of the list file, or sorted by name.

    Raises:
        DataError: The split is unknown, or its list names what is not there.
    """
    if split is None:
        return items
    found = _stated(items, root, split)
    if found is not None:
        return found
    other = {"train": "val", "val": "train"}.get(split)
    if other is None:
        known = sorted({"train", "val", *list_files(root), *_folders(items)})
        raise DataError(
            f"{root}: expected a split of {', '.join(known)}. Received: "
            f"split={split!r}. Choose one of them, or write splits/{split}.txt with "
            "one name a line."
        )
    if _stated(items, root, other) is not None:
        raise DataError(
            f"{root}: expected the split {split!r} beside {other!r}. Received: no "
            f"{split}.txt and no images/{split}. Write splits/{split}.txt with one "
            "name a line, or name another split."
        )
    return _draw(items, root, split, val_fraction, seed)


def list_files(root: Path) -> dict[str, Path]:
    """The list files of a data folder, by split: splits/*.txt, and three beside it."""
    beside = [root / f"{split}.txt" for split in ("train", "val", "test")]
    files = [*(f for f in beside if f.exists()), *sorted(root.glob("splits/*.txt"))]
    return {file.stem: file for file in files}


def listed_names(path: Path) -> list[str]:
    """The names in a list file, one a line, with or without an image's suffix.

    Raises:
        BadFile: The file is no text, lists nothing, or a name twice.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            path, f"expected a text file ({error})", "Write one image name a line."
        ) from error
    names = [line.strip() for line in lines if line.strip()]
    names = [
        name[: name.rindex(".")] if name.lower().endswith(SUFFIXES) else name
        for name in names
    ]
    if not names:
        raise BadFile(path, "lists no images", "Write one image name a line.")
    seen: set[str] = set()
    twice = [name for name in names if name in seen or seen.add(name)]
    if twice:
        raise BadFile(path, f"lists {twice[0]!r} twice", "Remove one of the lines.")
    return names


def missing_image(path: Path, name: str, count: int) -> BadFile:
    """The error of a list file that names images that are not there."""
    return BadFile(
        path,
        f"expected names of images. Received: {name!r}, which images/ does not hold, "
        f"{count} such lines in all",
        "Add the image or remove the line.",
    )


def _stated(items: Items, root: Path, split: str) -> Items | None:
    """What a list file or a folder says is the split; None where there is neither."""
    path = list_files(root).get(split)
    if path is None:
        return tuple(i for i in items if i.name.startswith(f"{split}/")) or None
    by_name = {item.name: item for item in items}
    names = listed_names(path)
    missing = [name for name in names if name not in by_name]
    if missing:
        raise missing_image(path, missing[0], len(missing))
    return tuple(by_name[name] for name in names)


def _folders(items: Items) -> set[str]:
    return {item.name.split("/")[0] for item in items if "/" in item.name}


def _draw(
    items: Items, root: Path, split: str, val_fraction: float, seed: int
) -> Items:
    if not 0 < val_fraction < 1:
        raise ValueError(
            "Expected a fraction between 0 and 1. Received: "
            f"val_fraction={val_fraction}. 0.2 validates on one image of five."
        )
    test = {item.name for item in _stated(items, root, "test") or ()}
    items = tuple(item for item in items if item.name not in test)
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
