"""CamVid in SegNet's 11 classes and split.

As the SegNet tutorial has it, with or without its lists of pairs of paths::

    train/NAME.png    trainannot/NAME.png    train.txt    (and so on for val and test)

or with the split as a folder in each part::

    images/train/NAME.jpg    labels/train/NAME.png    classes.txt
"""

from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.data.reading.listing import Listing, by_name, list_files, list_folder, pair
from kseg.imaging.bad_file import BadFile

SPLITS = ("train", "val", "test")
# Names in the order of the ids, and colours, of the SegNet tutorial.
CLASSES = {
    "Sky": (128, 128, 128),
    "Building": (128, 0, 0),
    "Pole": (192, 192, 128),
    "Road": (128, 64, 128),
    "Pavement": (60, 40, 222),
    "Tree": (128, 128, 0),
    "SignSymbol": (192, 128, 128),
    "Fence": (64, 64, 128),
    "Car": (64, 0, 128),
    "Pedestrian": (64, 64, 0),
    "Bicyclist": (0, 128, 192),
}
VOID = 11


def is_camvid(root: Path) -> bool:
    """Whether a folder has the tutorial's folders, or the classes' names in order."""
    if _tutorial_splits(root):
        return True
    try:
        lines = (root / "classes.txt").read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):  # said when the folder is read
        return False
    names = [line.strip().lower() for line in lines[: len(CLASSES)]]
    return names == [name.lower() for name in CLASSES]


def list_camvid(root: Path) -> Listing:
    """List either layout; names are SPLIT/NAME.

    Args:
        root: The data folder.

    Returns:
        The listing; no file has been read.

    Raises:
        DataError: It has neither layout, or a folder without images.
    """
    splits = _tutorial_splits(root)
    if splits:
        images, masks = {}, {}
        for split in splits:
            images |= by_name(root / split, prefix=f"{split}/")
            masks |= by_name(root / f"{split}annot", prefix=f"{split}/")
        return pair(images, masks, list_files(root))
    if not (root / "images").is_dir():
        raise BadFile(
            root,
            "expected the folders train/ and trainannot/ (val, valannot, test, "
            "testannot), or images/ and labels/. Received: none of them",
            "Name the folder CamVid of the SegNet tutorial.",
        )
    return list_folder(root)


def read_camvid(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Label maps of 11 classes; the stored 11, void, and 255 are to ignore.

    Args:
        root: The data folder; every reader takes it.
        items: What ``list_camvid`` found in it.

    Returns:
        A data set of the kind ``"labels"``.

    Reference:
        Brostow et al., Semantic Object Classes in Video, 2009; Badrinarayanan et al.,
        SegNet, PAMI 2017, section 4.1.
    """
    stored_labels = {k: k for k in range(len(CLASSES))} | {VOID: 255, 255: 255}
    return Dataset(
        "labels",
        items,
        tuple(CLASSES),
        tuple(CLASSES.values()),
        mask_values="grays",
        stored_labels=stored_labels,
    )


def _tutorial_splits(root: Path) -> list[str]:
    return [s for s in SPLITS if (root / s).is_dir() and (root / f"{s}annot").is_dir()]
