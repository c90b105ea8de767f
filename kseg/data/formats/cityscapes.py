"""Cityscapes, fine annotations, in the 19 classes of its benchmark.

::

    leftImg8bit/{train,val,test}/CITY/NAME_leftImg8bit.png
    gtFine/{train,val,test}/CITY/NAME_gtFine_labelIds.png    or labelTrainIds
"""

from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.data.reading.listing import Listing, by_name, list_files, pair
from kseg.imaging.bad_file import BadFile

SPLITS = ("train", "val", "test")
# Id in labelIds files, name and colour, in the order of the training ids.
_CLASSES = (
    (7, "road", (128, 64, 128)),
    (8, "sidewalk", (244, 35, 232)),
    (11, "building", (70, 70, 70)),
    (12, "wall", (102, 102, 156)),
    (13, "fence", (190, 153, 153)),
    (17, "pole", (153, 153, 153)),
    (19, "traffic light", (250, 170, 30)),
    (20, "traffic sign", (220, 220, 0)),
    (21, "vegetation", (107, 142, 35)),
    (22, "terrain", (152, 251, 152)),
    (23, "sky", (70, 130, 180)),
    (24, "person", (220, 20, 60)),
    (25, "rider", (255, 0, 0)),
    (26, "car", (0, 0, 142)),
    (27, "truck", (0, 0, 70)),
    (28, "bus", (0, 60, 100)),
    (31, "train", (0, 80, 100)),
    (32, "motorcycle", (0, 0, 230)),
    (33, "bicycle", (119, 11, 32)),
)
_IDS = 34  # labelIds hold 0 to 33; what is no class of the benchmark is to ignore
_ID_FILES = "_gtFine_labelIds"
_TRAIN_ID_FILES = "_gtFine_labelTrainIds"


def is_cityscapes(root: Path) -> bool:
    """Whether the folders of the images and of the fine annotations are here."""
    return (root / "leftImg8bit").is_dir() and (root / "gtFine").is_dir()


def list_cityscapes(root: Path) -> Listing:
    """List the images of the splits that are there; names are SPLIT/CITY/NAME.

    Args:
        root: The data folder.

    Returns:
        The listing; no file has been read. Masks are the labelIds files, or, where
        there is no such file at all, the labelTrainIds files.

    Raises:
        DataError: A folder is missing, or holds no images.
    """
    splits = [split for split in SPLITS if (root / "leftImg8bit" / split).is_dir()]
    if not splits:
        raise BadFile(
            root,
            "expected leftImg8bit/train, val or test in it. Received: none of them",
            "Unpack leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip there.",
        )
    first = next((root / "gtFine").rglob(f"*{_ID_FILES}.png"), None)
    ending = _TRAIN_ID_FILES if first is None else _ID_FILES
    images, masks = {}, {}
    for split in splits:
        prefix = f"{split}/"
        folder = root / "leftImg8bit" / split
        images |= by_name(folder, prefix=prefix, ending="_leftImg8bit")
        masks |= by_name(root / "gtFine" / split, prefix=prefix, ending=ending)
    return pair(images, masks, list_files(root))


def read_cityscapes(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Label maps of 19 classes; all other ids, and 255, are to ignore.

    Args:
        root: The data folder; every reader takes it.
        items: What ``list_cityscapes`` found in it.

    Returns:
        A data set of the kind ``"labels"``.

    Reference:
        Cordts et al., The Cityscapes Dataset for Semantic Urban Scene Understanding,
        CVPR 2016; names, ids and colours: labels.py of cityscapesScripts.
    """
    stored_labels = None
    if any(item.mask and item.mask.stem.endswith(_ID_FILES) for item in items):
        stored_labels = dict.fromkeys((*range(_IDS), 255), 255)
        stored_labels |= {row[0]: label for label, row in enumerate(_CLASSES)}
    return Dataset(
        "labels",
        items,
        tuple(name for _, name, _ in _CLASSES),
        tuple(colour for _, _, colour in _CLASSES),
        mask_values="grays",
        stored_labels=stored_labels,
    )
