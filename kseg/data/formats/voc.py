"""PASCAL VOC segmentation, any year, with or without the additional masks of SBD.

::

    VOC2012/JPEGImages/ID.jpg
    VOC2012/SegmentationClass/ID.png       palette PNG: index = class, 255 to ignore
    VOC2012/SegmentationClassAug/ID.png    SBD's, gray or palette; optional
    VOC2012/ImageSets/Segmentation/SPLIT.txt

The data folder is VOC2012 itself, VOCdevkit around it, or the folder around that.

Tools write the layout for classes of one's own, too, and name them beside JPEGImages:
``labelmap.txt`` (CVAT: name:red,green,blue::), ``class_names.txt`` (labelme) or a
``classes.txt`` as for plain folders.
"""

from dataclasses import replace
from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.data.formats.folder import read_classes, read_masks
from kseg.data.reading.list_file import read_list
from kseg.data.reading.listing import Listing, by_name, pair
from kseg.data.reading.text_file import read_text
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

    Gray masks hold the numbers of the classes; of palettes and of masks of colours the
    colours count. Where a file names other classes, its colours count, or, of names
    alone, the numbers.

    Args:
        root: The data folder.
        items: What ``list_voc`` found in it.

    Returns:
        A data set of the kind ``"labels"``.

    Raises:
        DataError: A file that names classes cannot be read, or does not fit the masks.

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
    names, palette = _stated_classes(year_folders(root)[-1], root)
    if names:
        dataset = read_masks(root, items, names, palette)
        return replace(dataset, notes=(*notes, *dataset.notes))
    palette = voc_palette(len(CLASS_NAMES))
    return Dataset(
        "labels", items, CLASS_NAMES, palette, mask_values="voc", notes=notes
    )


def _stated_classes(*folders: Path):
    """Names and colours of the first file that states them; None and None of none."""
    for folder in folders:
        if (folder / "labelmap.txt").exists():
            return _read_labelmap(folder / "labelmap.txt")
        for name in ("classes.txt", "class_names.txt"):
            if (folder / name).exists():
                return read_classes(folder / name)
    return None, None


def _read_labelmap(path: Path):
    """CVAT's file: a line is name:red,green,blue:parts:actions; background first."""
    remedy = "Export the masks again, or write classes.txt: name red green blue."
    colours: dict[str, tuple[int, ...]] = {}
    for line in read_text(path, remedy).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        parts = rest.partition(":")[0].split(",")
        if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts):
            what = f"expected name:red,green,blue:: in each line. Received: {line!r}"
            raise BadFile(path, what, remedy)
        colours[name.strip()] = tuple(int(part) for part in parts)
    background = next((n for n, c in colours.items() if c == (0, 0, 0)), None)
    first = {background or "background": (0, 0, 0)}
    colours = first | colours
    if len(colours) < 2 or len(set(colours.values())) < len(colours):
        what = "expected two classes or more, each of another colour. Received: "
        raise BadFile(path, f"{what}{len(colours)} classes", remedy)
    return tuple(colours), tuple(colours.values())


def year_folders(root: Path) -> list[Path]:
    """The folders that hold images and masks, the newest year last."""
    folders = [root, *root.glob("VOC20??"), *root.glob("VOCdevkit/VOC20??")]
    parts = "JPEGImages", "SegmentationClass"
    whole = [f for f in folders if all((f / part).is_dir() for part in parts)]
    return sorted(whole, key=lambda folder: folder.name)
