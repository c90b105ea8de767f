"""Instance masks in the layouts of the 2018 Data Science Bowl.

One id map an image::

    images/NAME.png    masks/NAME.png (16-bit gray ids, 0 background)    splits/*.txt

or one file an instance, as Kaggle's stage1_train has it::

    NAME/images/NAME.png    NAME/masks/*.png (0 and 255)
"""

from collections.abc import Iterable
from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.errors import DataError
from kseg.imaging import default_palette
from kseg.imaging.bad_file import BadFile
from kseg.imaging.masks import read_stored_mask

CLASS_NAMES = ("background", "nucleus")


def read_dsb2018(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Objects of one class, in either layout.

    Id maps are read until one holds two objects: mostly the first.

    Args:
        root: The data folder.
        items: What ``list_folder`` found in it.

    Returns:
        A data set of the kind ``"instances"``.

    Raises:
        BadFile: The id maps hold nothing but white: they are no ids.
    """
    ids, whites = single_ids(items)
    notes = ()
    if ids and ids <= whites:
        raise BadFile(
            root,
            "expected id maps: 1, 2, ... for the objects of an image. Received: masks "
            f"of 0 and {max(ids)} alone, in which objects that touch are one",
            "Give each object a number of its own; an only one is 1. If they are label "
            'maps, read them with the format "folder".',
        )
    if ids:
        notes = (f"{root}: every mask holds one object, its id map one number.",)
    palette = default_palette(len(CLASS_NAMES))
    return Dataset("instances", items, CLASS_NAMES, palette, notes=notes)


def refuse_single_ids(root: Path, items: Iterable[Item]) -> None:
    """Ask what masks are that look like id maps, but hold one number each.

    Args:
        root: The data folder.
        items: Images and their masks.

    Raises:
        BadFile: No mask holds two ids, and one at least holds one.
    """
    ids, _ = single_ids(items)
    if ids:
        numbers = ", ".join(map(str, sorted(ids)[:5]))
        raise BadFile(
            root,
            "expected 16-bit masks to hold the ids of several objects. Received: one "
            f"number in each ({numbers}), which may be a class or an object",
            'Name the format: "folder" for label maps (`--format folder`), "dsb2018" '
            "if each image holds one object.",
        )


def single_ids(items: Iterable[Item]) -> tuple[set[int], set[int]]:
    """The ids of masks of which none holds two, and what is white in them.

    Args:
        items: Images and their masks; one file an object is no id map.

    Returns:
        The ids and the whites; both empty as soon as a mask holds two ids.
    """
    ids: set[int] = set()
    whites: set[int] = {255}
    for item in items:
        if not isinstance(item.mask, Path):
            continue
        try:
            mask = read_stored_mask(item.mask)
        except DataError:  # said when this mask is read again, for its image
            continue
        high = int(mask.values.max())
        drawn = mask.values[mask.values != 0]
        if mask.values.ndim == 3 or (drawn != high).any():
            return set(), set()
        if drawn.size:
            ids.add(high)
        whites.add(mask.white if mask.white > 1 else 255)
    return ids, whites
