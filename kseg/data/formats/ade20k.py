"""ADE20K in the 150 classes of the scene parsing benchmark (ADEChallengeData2016).

::

    images/{training,validation}/NAME.jpg
    annotations/{training,validation}/NAME.png    8-bit gray: 0 other, 1 to 150 classes
    objectInfo150.txt                             the classes' names
"""

from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.data.reading.listing import Listing, by_name, list_files, pair
from kseg.imaging import voc_palette
from kseg.imaging.bad_file import BadFile

CLASSES = 150
_SPLITS = {"train": "training", "val": "validation"}
_NAMES = "objectInfo150.txt"


def is_ade20k(root: Path) -> bool:
    """Whether images and annotations of one of the two splits are here."""
    return bool(_splits(root))


def list_ade20k(root: Path) -> Listing:
    """List the splits that are there; names are train/NAME and val/NAME.

    Args:
        root: The data folder.

    Returns:
        The listing; no file has been read.

    Raises:
        DataError: A folder is missing, or holds no images.
    """
    if not _splits(root):
        raise BadFile(
            root,
            "expected images/training and annotations/training in it, or images/"
            "validation and annotations/validation. Received: neither",
            "Name the folder ADEChallengeData2016.",
        )
    images, masks = {}, {}
    for split, folder in _splits(root).items():
        images |= by_name(root / "images" / folder, prefix=f"{split}/")
        masks |= by_name(root / "annotations" / folder, prefix=f"{split}/")
    return pair(images, masks, list_files(root))


def read_ade20k(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Label maps of 150 classes; the stored 0, other things, is to ignore.

    The stored k is label k - 1. Its name is the first of those that
    ``objectInfo150.txt`` gives, its colour that of index k in VOC's palette.

    Args:
        root: The data folder.
        items: What ``list_ade20k`` found in it.

    Returns:
        A data set of the kind ``"labels"``.

    Raises:
        DataError: ``objectInfo150.txt`` cannot be read.

    Reference:
        Zhou et al., Scene Parsing through ADE20K Dataset, CVPR 2017.
    """
    notes, path = (), root / _NAMES
    if path.exists():
        names = _read_names(path)
    else:
        names = tuple(f"class {k}" for k in range(1, CLASSES + 1))
        notes = (
            f"{root}: has no {_NAMES}; the classes are called class 1 to class "
            f"{CLASSES}. Copy the file there to name them.",
        )
    return Dataset(
        "labels",
        items,
        names,
        voc_palette(CLASSES + 1)[1:],
        mask_values="grays",
        stored_labels={0: 255, 255: 255} | {k + 1: k for k in range(CLASSES)},
        notes=notes,
    )


def _splits(root: Path) -> dict[str, str]:
    return {
        split: folder
        for split, folder in _SPLITS.items()
        if all((root / part / folder).is_dir() for part in ("images", "annotations"))
    }


def _read_names(path: Path) -> tuple[str, ...]:
    """Of each class the first of its names; all of them if two begin alike."""
    try:
        lines = path.read_text("utf-8").splitlines()[1:]
        rows = [line.split("\t") for line in lines if line.strip()]
        named = {int(row[0]): row[-1].strip() for row in rows}
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BadFile(
            path,
            f"expected a header and lines of index, numbers and names ({error})",
            "Copy the file again from ADEChallengeData2016.",
        ) from error
    if sorted(named) != list(range(1, CLASSES + 1)):
        raise BadFile(
            path,
            f"expected the classes 1 to {CLASSES}. Received: {len(named)} classes",
            "Copy the file again from ADEChallengeData2016.",
        )
    full = [named[k] for k in range(1, CLASSES + 1)]
    first = [name.split(",")[0].strip() for name in full]
    unique = len(set(first)) == len(first)
    return tuple(first if unique else full)
