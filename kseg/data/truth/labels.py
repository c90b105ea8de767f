"""Label maps: a class for each pixel."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from kseg.data.reading.mask_values import read_labels
from kseg.imaging.bad_file import BadFile

if TYPE_CHECKING:
    from kseg.data.dataset import Dataset, Item
    from kseg.data.objects import Objects

NAME = "label maps"
REMEDY = "Name the format that the files are in."
TARGET_TYPE = np.uint8
CAN_MERGE = False  # whether all classes can become one


def read_target(dataset: "Dataset", index: int) -> np.ndarray:
    """``Dataset.target``: (H, W) uint8 labels."""
    item, size = dataset.masked(index)
    labels = read_labels(dataset, item.mask, size)
    return labels if dataset.relabel is None else np.uint8(dataset.relabel)[labels]


def read_objects(dataset: "Dataset", index: int) -> "Objects":
    """``Dataset.objects``: a label map has none.

    Raises:
        ValueError: Always.
    """
    require_objects()


def require_objects() -> NoReturn:
    """Refuse what wants objects.

    Raises:
        ValueError: Always.
    """
    raise ValueError(
        "Expected a data set of objects. Received: one of label maps, in which a class "
        "is one region. Read it with another format, or use target() and make_pipeline."
    )


def check(dataset: "Dataset", index: int) -> Iterator[BadFile]:
    """What ``kseg.data.check_data`` says of one label map.

    Raises:
        DataError: It cannot be used.
    """
    file, target = dataset.items[index].mask, dataset.target(index)
    seen = target[target != dataset.ignore_label]
    if not seen.size:
        yield empty(file, "pixels to ignore")
    elif (seen == seen[0]).all():
        ignored = " and pixels to ignore" if seen.size < target.size else ""
        yield empty(file, f"{dataset.class_names[seen[0]]}{ignored}", bool(seen[0]))


def empty(file: Path, only: str, drawn: bool = False) -> BadFile:
    """What is said of a mask that holds nothing else.

    Args:
        file: The mask.
        only: What it holds.
        drawn: Whether that is other than background.
    """
    return BadFile(
        file,
        f"expected {'two objects or classes' if drawn else 'labelled pixels'}. "
        f"Received: {only} only",
        "Draw the mask, or leave the file as it is if the image is truly so.",
    )


def masks_of(dataset: "Dataset", item: "Item") -> tuple:
    """The mask files of one image, which can be read without the image."""
    return () if item.mask is None else (item.mask,)


def shares_classes(metadata: Mapping) -> bool:
    """Whether a network's classes are those of such data: always."""
    return True


def first_named(own: Sequence[str], others: Sequence[str]) -> int:
    """From which class on names are matched: behind a background of the same name."""
    return int(own[:1] == others[:1])


def relabelled(dataset: "Dataset", label: Mapping[int, int]) -> "Dataset":
    """The data set with labels ``label[k]`` for k; colours follow the palette."""
    if dataset.mask_values == "colours":
        return dataset
    table = dataset.relabel or range(256)
    return replace(dataset, relabel=tuple(label.get(k, k) for k in table))


def make_encoder(
    target: str, border_width: float | None, weight_map: Mapping | None
) -> Callable:
    """``kseg.data.pipeline.encoders.label_encoder``."""
    from kseg.data.pipeline.encoders import label_encoder

    return label_encoder(target, weight_map)
