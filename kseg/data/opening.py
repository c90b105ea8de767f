"""Open a data folder: find its layout, its split and its intensity rule."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from kseg.data.dataset import Dataset
from kseg.data.dsb2018 import read_dsb2018
from kseg.data.folder import read_folder
from kseg.data.listing import Listing, list_folder
from kseg.data.splits import take_split
from kseg.errors import DataError
from kseg.imaging import Intensity, read_image
from kseg.imaging.masks import stored_bits

FORMATS = {"dsb2018": read_dsb2018, "folder": read_folder}


def open_dataset(
    root: str | os.PathLike,
    *,
    format: str | None = None,
    split: str | None = None,
    channels: int = 3,
    intensity: Intensity | None = None,
    val_fraction: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Open a folder of images and masks; docs/data.md describes the layouts.

    Args:
        root: The folder.
        format: ``"dsb2018"`` (instance ids) or ``"folder"`` (label maps or colours).
            None finds it: one folder an image means dsb2018, a ``classes.txt`` means
            folder, masks of 16 bits or more mean dsb2018, and others folder.
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
    listing = list_folder(root)
    if listing.bad:
        raise listing.bad[0]
    dataset = read_listing(root, listing, format, intensity)
    items = take_split(dataset.items, root, split, val_fraction, seed)
    return replace(dataset, items=items, channels=channels)


def read_listing(
    root: Path,
    listing: Listing,
    format: str | None,
    intensity: Intensity | None = None,
) -> Dataset:
    """All images of a listed folder, with the intensity rule that suits them.

    Args:
        root: The data folder.
        listing: What is in it.
        format: As ``open_dataset`` has it.
        intensity: As ``open_dataset`` has it.

    Returns:
        The data set.

    Raises:
        DataError: The format is unknown or does not fit the folder.
    """
    if format is not None and format not in FORMATS:
        raise DataError(
            f"Expected a format of {', '.join(FORMATS)}. Received: format={format!r}. "
            "Choose one of them, or leave it out to have it found."
        )
    dataset = FORMATS[format or _find_format(root, listing)](root, listing.items)
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
            return "dsb2018" if stored_bits(item.mask) >= 16 else "folder"
        except DataError:  # said when that mask is read
            continue
    return "folder"


def _first_type(listing: Listing) -> tuple[Path, np.dtype]:
    """The first image that can be read, and its type."""
    for item in listing.items:
        try:
            return item.image, read_image(item.image).dtype
        except DataError:  # said when that image is read
            continue
    return listing.items[0].image, np.dtype(np.uint8)
