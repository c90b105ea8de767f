"""Open a data folder: find its layout, its split and its intensity rule."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kseg.data.dataset import Dataset, Item
from kseg.data.formats.ade20k import is_ade20k, list_ade20k, read_ade20k
from kseg.data.formats.camvid import is_camvid, list_camvid, read_camvid
from kseg.data.formats.cityscapes import is_cityscapes, list_cityscapes, read_cityscapes
from kseg.data.formats.coco import is_coco, list_coco, read_coco
from kseg.data.formats.dsb2018 import read_dsb2018, refuse_single_ids
from kseg.data.formats.folder import read_folder
from kseg.data.formats.labelme import is_labelme, list_labelme, read_labelme
from kseg.data.formats.voc import is_voc, list_voc, read_voc
from kseg.data.formats.voc_objects import (
    is_voc_objects,
    list_voc_objects,
    read_voc_objects,
)
from kseg.data.formats.yolo import is_yolo, list_yolo, read_yolo
from kseg.data.reading.listing import Listing, check_root, list_folder
from kseg.data.sides import SIDES
from kseg.data.splits import take_split
from kseg.errors import DataError
from kseg.imaging import Intensity, read_image
from kseg.imaging.bad_file import BadFile
from kseg.imaging.masks import stored_bits


@dataclass(frozen=True)
class Format:
    """How a layout is recognised, listed and read.

    Args:
        read: From the data folder and the items in it to all of them as a data set.
        list: From the data folder to what is in it.
        is_here: Whether a folder has this layout and no other; None where the files
            must be looked at.
        kind: Of the data sets it gives, as ``Dataset`` has it.
    """

    read: Callable[[Path, tuple[Item, ...]], Dataset]
    list: Callable[[Path], Listing] = list_folder
    is_here: Callable[[Path], bool] | None = None
    kind: str = "labels"


FORMATS = {
    "ade20k": Format(read_ade20k, list_ade20k, is_ade20k),
    "camvid": Format(read_camvid, list_camvid, is_camvid),
    "cityscapes": Format(read_cityscapes, list_cityscapes, is_cityscapes),
    "voc": Format(read_voc, list_voc, is_voc),
    "coco": Format(read_coco, list_coco, is_coco, "instances"),
    "voc-instances": Format(
        read_voc_objects, list_voc_objects, is_voc_objects, "instances"
    ),
    "yolo": Format(read_yolo, list_yolo, is_yolo, "instances"),
    "labelme": Format(read_labelme, list_labelme, is_labelme, "instances"),
    "dsb2018": Format(read_dsb2018, kind="instances"),
    "folder": Format(read_folder),
}


def open_dataset(
    root: str | os.PathLike,
    *,
    format: str | None = None,
    kind: str | None = None,
    split: str | None = None,
    channels: int = 3,
    intensity: Intensity | None = None,
    val_fraction: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Open a folder of images and masks; docs/data.md describes the layouts.

    Args:
        root: The folder.
        format: ``"ade20k"``, ``"camvid"``, ``"cityscapes"``, ``"voc"`` or ``"folder"``
            (label maps); ``"coco"``, ``"voc-instances"``, ``"yolo"``, ``"labelme"`` or
            ``"dsb2018"`` (objects). None finds it: all but folder and dsb2018 by their
            files; else one folder an image means dsb2018, a ``classes.txt`` means
            folder, masks of 16 bits or more mean dsb2018, and others folder.
        kind: ``"labels"`` or ``"instances"``, what a format that is to be found must
            give; VOC's folders hold both. None takes either, label maps first.
        split: ``"train"``, ``"val"`` or the name of another list; None is all images.
        channels: Of the images that come out; gray is repeated.
        intensity: The rule to uint8. None: "none" where the first image is uint8,
            else "percentile" (1 to 99.8 of each channel of each image).
        val_fraction: Share of images to validate on where the folder states no split.
        seed: Of that draw.

    Returns:
        The data set; its ``notes`` say what was found without being told. An image
        without a mask is in it; ``target`` raises for it.

    Raises:
        DataError: The folder cannot be used so; the message names the file.
        ValueError: ``channels`` or ``val_fraction`` is out of range.
    """
    if channels < 1:
        raise ValueError(
            f"Expected 1 channel or more. Received: channels={channels}. Use 1 or 3."
        )
    root = Path(root)
    format, listing = list_data(root, format, kind)
    if listing.bad:
        raise listing.bad[0]
    dataset = read_listing(root, listing, format, intensity)
    items = take_split(root, listing, split, val_fraction, seed)
    return replace(dataset, items=items, channels=channels)


def list_data(
    root: Path, format: str | None, kind: str | None = None
) -> tuple[str, Listing]:
    """What is in a data folder, and in which format.

    Args:
        root: The data folder.
        format: As ``open_dataset`` has it.
        kind: Likewise.

    Returns:
        The format's name and the listing; no image has been decoded.

    Raises:
        DataError: The format is unknown, does not fit the folder or is of another
            kind.
    """
    if format is not None and format not in FORMATS:
        raise DataError(
            f"Expected a format of {', '.join(FORMATS)}. Received: format={format!r}. "
            "Choose one of them, or leave it out to have it found."
        )
    if kind not in (None, *SIDES):
        raise ValueError(f"Expected a kind of {[*SIDES]}. Received: kind={kind!r}.")
    check_root(root)
    if format is None:
        here = (
            name
            for name, layout in FORMATS.items()
            if layout.is_here and _gives(name, kind) and layout.is_here(root)
        )
        format = next(here, None)
    if format is not None:
        listing = FORMATS[format].list(root)
    else:
        listing = list_folder(root)
        format = _find_format(root, listing)
    if not _gives(format, kind):
        wanted, other = SIDES[kind], SIDES[FORMATS[format].kind]
        raise BadFile(
            root,
            f"expected a data set of {wanted.NAME}. Received: the format {format!r}, "
            f"which gives {other.NAME}",
            wanted.REMEDY,
        )
    return format, listing


def _gives(format: str, kind: str | None) -> bool:
    return kind in (None, FORMATS[format].kind)


def read_listing(
    root: Path, listing: Listing, format: str, intensity: Intensity | None = None
) -> Dataset:
    """All images of a listed folder, with the intensity rule that suits them.

    Args:
        root: The data folder.
        listing: What is in it.
        format: Its format.
        intensity: As ``open_dataset`` has it.

    Returns:
        The data set.

    Raises:
        DataError: The format does not fit the folder.
    """
    dataset = FORMATS[format].read(root, listing.items)
    if intensity is not None:
        return replace(dataset, intensity=intensity)
    path, dtype = _first_type(listing)
    if dtype == np.uint8:
        return dataset
    rule = Intensity("percentile")
    note = (
        f"{path}: holds {dtype} pixels. Each channel of each image is stretched from "
        f"its percentiles {rule.low:g} and {rule.high:g} to 0..255; state another rule "
        "with intensity."
    )
    return replace(dataset, intensity=rule, notes=(*dataset.notes, note))


def _find_format(root: Path, listing: Listing) -> str:
    if any(isinstance(item.mask, tuple) for item in listing.items):
        return "dsb2018"
    if (root / "classes.txt").exists():
        return "folder"
    for item in listing.items:
        if item.mask is None:
            continue
        try:
            deep = stored_bits(item.mask) >= 16
        except DataError:  # said when that mask is read
            continue
        if not deep:
            return "folder"
        refuse_single_ids(root, listing.items)
        return "dsb2018"
    return "folder"


def _first_type(listing: Listing) -> tuple[Path, np.dtype]:
    """The first image that can be read, and its type."""
    for item in listing.items:
        try:
            return item.image, read_image(item.image).dtype
        except DataError:  # said when that image is read
            continue
    return listing.items[0].image, np.dtype(np.uint8)
