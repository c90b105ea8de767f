"""A plain folder: images/ and masks/ with label maps or one colour a class.

``classes.txt`` names the classes, one a line in the order of the label ids (background
first), each with ``red green blue`` behind it where the masks hold colours. Without it
the classes are what the masks hold, and every mask is read once to find them.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kseg.data.dataset import Dataset, Item
from kseg.data.reading.text_file import read_text
from kseg.errors import DataError
from kseg.imaging import default_palette, read_mask
from kseg.imaging.bad_file import BadFile
from kseg.imaging.palette import colour_codes

MOST_CLASSES = 255  # uint8 labels, of which 255 is to ignore
_BINARY = {0: 0, 255: 1}


def read_folder(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Label maps of the classes that ``classes.txt`` or the masks themselves state.

    Args:
        root: The data folder.
        items: What ``list_folder`` found in it.

    Returns:
        A data set of the kind ``"labels"``.

    Raises:
        DataError: The layout is another one, ``classes.txt`` cannot be read, or the
            masks hold more values than there can be classes.
    """
    if any(isinstance(item.mask, tuple) for item in items):
        raise BadFile(
            root,
            "expected images/ and masks/ in it. Received: a folder for each image",
            'Read it with format="dsb2018".',
        )
    stated = root / "classes.txt"
    if stated.exists():
        names, palette, mask_values = _read_classes(stated)
        binary = mask_values == "ids" and len(names) == 2 and _are_binary(items)
        return Dataset(
            "labels",
            items,
            names,
            palette,
            mask_values=mask_values,
            stored_labels=_BINARY if binary else None,
        )
    return _found_classes(root, items)


def _read_classes(path: Path):
    text = read_text(path, "Write one class name a line.")
    lines = [line.strip() for line in text.splitlines()]
    rows = [_class_line(path, line) for line in lines if line]
    names = tuple(name for name, _ in rows)
    colours = tuple(colour for _, colour in rows if colour)
    wrong = None
    if not 1 <= len(rows) <= MOST_CLASSES:
        wrong = f"expected 1 to {MOST_CLASSES} classes. Received: {len(rows)}"
    elif len(set(names)) < len(names):
        wrong = "expected a different name for each class. Received: a name twice"
    elif colours and len(colours) < len(names):
        wrong = "expected a colour behind each name or behind none. Received: a mixture"
    elif len(set(colours)) < len(colours):
        wrong = "expected a different colour for each class. Received: a colour twice"
    if wrong:
        raise BadFile(
            path, wrong, "Write one class a line: name, or name red green blue"
        )
    if colours:
        return names, colours, "colours"
    return names, default_palette(len(names)), "ids"


def _class_line(path: Path, line: str):
    """('name', (r, g, b)) or ('name', None)."""
    words = line.replace(",", " ").split()
    if len(words) < 4 or not all(word.isdecimal() for word in words[-3:]):
        return line, None
    colour = tuple(int(word) for word in words[-3:])
    if max(colour) > 255:
        raise BadFile(
            path,
            f"expected red, green and blue of 0 to 255. Received: {line!r}",
            "Mend the line.",
        )
    return " ".join(words[:-3]), colour


def _found_classes(root: Path, items: tuple[Item, ...]) -> Dataset:
    numbers, codes = _mask_values(item.mask for item in items if item.mask)
    hint = "Write classes.txt to name them."
    if codes:
        codes |= {value * 0x010101 for value in numbers}
        palette = tuple((c >> 16, c >> 8 & 255, c & 255) for c in sorted(codes))
        names = tuple(f"#{code:06x}" for code in sorted(codes))
        note = f"{root}: the masks hold {len(names)} colours, a class each. {hint}"
        return Dataset(
            "labels", items, names, palette, mask_values="colours", notes=(note,)
        )
    if numbers <= {0, 255} and 255 in numbers:
        note = (
            f"{root}: the masks hold only 0 and 255: binary, and 255 is class 1. {hint}"
        )
        names, stored_labels = ("background", "foreground"), _BINARY
    else:
        count = max(numbers - {255}, default=0) + 1
        names = ("background", *(f"class {i}" for i in range(1, count)))
        stored_labels = None
        note = (
            f"{root}: the masks hold labels up to {count - 1}. {hint} If they are "
            'instance ids, read it with format "dsb2018".'
        )
    return Dataset(
        "labels",
        items,
        names,
        default_palette(len(names)),
        stored_labels=stored_labels,
        notes=(note,),
    )


def _are_binary(items: tuple[Item, ...]) -> bool:
    """Whether the masks of two classes hold 255 for class 1; the first 1 says no."""
    numbers: set[int] = set()
    for path in (item.mask for item in items if item.mask):
        try:
            mask = read_mask(path)
        except DataError:  # said when this mask is read again, for its image
            continue
        numbers |= _distinct(mask) if mask.ndim == 2 else {1}
        if not numbers <= {0, 255}:
            return False
    return 255 in numbers


def _mask_values(paths: Iterable[Path]) -> tuple[set[int], set[int]]:
    """All numbers in the gray masks, and all colours (0xRRGGBB) in the others."""
    numbers: set[int] = set()
    codes: set[int] = set()
    for path in paths:
        try:
            mask = read_mask(path)
        except DataError:  # said when this mask is read again, for its image
            continue
        if mask.ndim == 3:
            codes |= _distinct(colour_codes(mask))
        else:
            numbers |= _distinct(mask)
        _check_values(path, numbers, codes)
    return numbers, codes


def _distinct(values: np.ndarray) -> set[int]:
    """The values of an (H, W) array; only where they change along a row are sorted."""
    starts = np.ones(values.shape, bool)
    starts[:, 1:] = values[:, 1:] != values[:, :-1]
    return set(np.unique(values[starts]).tolist())


def _check_values(path: Path, numbers: set[int], codes: set[int]) -> None:
    if codes and len(codes) + len(numbers) > MOST_CLASSES:
        raise BadFile(
            path,
            f"expected at most {MOST_CLASSES} colours in all masks, one a class. "
            f"Received: {len(codes)} with this one",
            "Were the masks smoothed, or do they hold instance ids as colours? Save "
            'labels as 8-bit gray, or ids as 16-bit gray for format "dsb2018".',
        )
    if numbers and (max(numbers) > 255 or min(numbers) < 0):
        raise BadFile(
            path,
            f"expected labels of 0 to 255. Received: {min(numbers)} to {max(numbers)}",
            'If the numbers are instances, read the folder with format "dsb2018".',
        )
