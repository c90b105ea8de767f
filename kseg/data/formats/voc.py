"""PASCAL VOC segmentation, any year, with or without the additional masks of SBD.

::

    VOC2012/JPEGImages/ID.jpg
    VOC2012/SegmentationClass/ID.png       palette PNG: index = class, 255 to ignore
    VOC2012/SegmentationClassAug/ID.png    SBD's, gray or palette; optional
    VOC2012/ImageSets/Segmentation/SPLIT.txt

The data folder is VOC2012 itself, VOCdevkit around it, or the folder around that.
"""

from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.data.reading.listing import Listing, by_name, pair
from kseg.data.splits import read_list
from kseg.errors import DataError
from kseg.imaging import voc_palette
from kseg.imaging.bad_file import BadFile

CLASS_NAMES = (
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)
_LISTS = "ImageSets/Segmentation"


def is_voc(root: Path) -> bool:
    """Whether VOC's folders for segmentation are here, in VOC20?? or VOCdevkit."""
    years = year_folders(root)
    return bool(years) and (years[-1] / _LISTS).is_dir()


def list_voc(root: Path) -> Listing:
    """List the newest year's images that have a mask or are in a list.

    A mask is that of ``SegmentationClass``, or, where it has none, that of
    ``SegmentationClassAug``. The splits are the list files: ``trainaug`` too, if it
    is there.

    Args:
        root: The data folder.

    Returns:
        The listing; no image has been decoded.

    Raises:
        DataError: A folder is missing or empty.
    """
    years = year_folders(root)
    if not years:
        raise BadFile(
            root,
            "expected JPEGImages/ and SegmentationClass/ in it, in VOC20?? or in "
            "VOCdevkit/VOC20??. Received: none of them",
            "Name the folder VOCdevkit or VOC2012.",
        )
    home = years[-1]
    masks = by_name(home / "SegmentationClass")
    if (home / "SegmentationClassAug").is_dir():
        masks = by_name(home / "SegmentationClassAug") | masks
    images = by_name(home / "JPEGImages")
    lists = {file.stem: file for file in sorted((home / _LISTS).glob("*.txt"))}
    used = {*masks}
    for path in lists.values():
        try:
            used.update(read_list(path, images.keys())[0])
        except DataError:  # said when this split is asked for
            continue
    used_images = {name: files for name, files in images.items() if name in used}
    return pair(used_images, masks, lists)


def read_voc(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Label maps of 20 classes and background; 255 is to ignore.

    Args:
        root: The data folder.
        items: What ``list_voc`` found in it.

    Returns:
        A data set of the kind ``"labels"``.

    Reference:
        Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 2010;
        Hariharan et al., Semantic Contours from Inverse Detectors (SBD), ICCV 2011.
    """
    years = [year.name for year in year_folders(root)]
    notes = ()
    if len(years) > 1:
        notes = (
            f"{root}: holds {', '.join(years)}; {years[-1]} is read. Name the folder "
            "of another year to read that.",
        )
    palette = voc_palette(len(CLASS_NAMES))
    return Dataset("labels", items, CLASS_NAMES, palette, notes=notes)


def year_folders(root: Path) -> list[Path]:
    """The folders that hold images and masks, the newest year last."""
    folders = [root, *root.glob("VOC20??"), *root.glob("VOCdevkit/VOC20??")]
    parts = "JPEGImages", "SegmentationClass"
    whole = [f for f in folders if all((f / part).is_dir() for part in parts)]
    return sorted(whole, key=lambda folder: folder.name)
