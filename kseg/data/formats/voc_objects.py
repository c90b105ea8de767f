"""PASCAL VOC's single objects: SegmentationObject beside ``kseg.data.formats.voc``'s
files.

::

    VOC2012/SegmentationObject/ID.png      palette PNG: index = object, 255 for void
    VOC2012/SegmentationClass/ID.png       the class of each of its pixels

The same folder holds label maps and objects: ``kind="instances"`` or
``format="voc-instances"`` asks for these.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from kseg.data.dataset import Dataset, Item
from kseg.data.formats.voc import CLASS_NAMES, is_voc, list_voc, read_voc, year_folders
from kseg.data.reading.annotation import Object, Source
from kseg.data.reading.listing import Listing, by_name
from kseg.data.reading.mask_values import number_labels, sized
from kseg.imaging import read_mask
from kseg.imaging.bad_file import BadFile

VOID = 255


def is_voc_objects(root: Path) -> bool:
    """Whether VOC's folders are here, that of the objects among them."""
    return is_voc(root) and (year_folders(root)[-1] / "SegmentationObject").is_dir()


def list_voc_objects(root: Path) -> Listing:
    """What ``list_voc`` lists, each with its map of objects and its map of classes.

    Args:
        root: The data folder.

    Returns:
        The listing; no image has been decoded.

    Raises:
        DataError: A folder is missing or empty.
    """
    listing = list_voc(root)
    objects = by_name(year_folders(root)[-1] / "SegmentationObject")
    items = tuple(
        replace(item, mask=(objects[item.name][0], item.mask))
        if item.mask is not None and item.name in objects
        else replace(item, mask=None)
        for item in listing.items
    )
    return replace(listing, items=items)


def read_voc_objects(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Objects of 20 classes; what is void is background here.

    A box is the frame of an object's mask: VOC's own boxes are drawn by hand, and
    reach over the void border.

    Args:
        root: The data folder.
        items: What ``list_voc_objects`` found in it.

    Returns:
        A data set of the kind ``"instances"``.

    Reference:
        Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 2010.
    """
    labels = read_voc(root, items)
    return replace(labels, kind="instances", read_objects=voc_objects)


def voc_objects(item: Item, size: tuple[int, int]) -> Iterator[Object | BadFile]:
    """The objects of one image, in the order of their indices.

    Args:
        item: With its two maps.
        size: (H, W) of the image.

    Yields:
        As ``kseg.data.reading.annotation`` has it: an object of two classes has that of
        most of its pixels.
    """
    of_objects, of_classes = item.mask
    ids = sized(read_mask(of_objects), size, of_objects)
    classes = sized(read_mask(of_classes), size, of_classes)
    ids = number_labels(ids, VOID, VOID, of_objects)
    classes = number_labels(classes, len(CLASS_NAMES), VOID, of_classes)
    for number in np.setdiff1d(ids, (0, VOID)):
        source = Source(of_objects, f"object {number}", size)
        mask = ids == number
        pixels = np.bincount(classes[mask], minlength=VOID + 1)[: len(CLASS_NAMES)]
        label = int(pixels.argmax())
        if not pixels.any() or label == 0:
            found = "background" if pixels.any() else "void"
            yield source.bad(
                f"expected a class at its place in {of_classes}. Received: {found}",
                "Mend one of the two maps.",
            )
            continue
        if np.count_nonzero(pixels) > 1:
            names = ", ".join(CLASS_NAMES[k] for k in np.flatnonzero(pixels))
            yield source.flaw(
                f"expected one class at its place in {of_classes}. Received: {names}",
                f"It is taken for {CLASS_NAMES[label]}; mend one of the two maps.",
            )
        found = Object(label, mask.view(np.uint8), (0, 0)).trimmed()
        if found:
            yield found
