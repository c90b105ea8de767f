"""Objects: each with a class and a mask, from annotations or from id maps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kseg.data.objects import Objects
from kseg.data.reading.annotation import Flaw, Object
from kseg.data.reading.mask_values import sized
from kseg.data.reading.object_masks import instance_ids, merge
from kseg.data.truth.labels import empty
from kseg.imaging import read_mask
from kseg.imaging.bad_file import BadFile

if TYPE_CHECKING:
    from kseg.data.dataset import Dataset, Item

NAME = "objects"
REMEDY = (
    "Label maps want a network of label maps, such as `kseg train unet`; objects want "
    "files of COCO, VOC, YOLO, labelme, or id maps (of 8 bits with the format dsb2018)."
)
TARGET_TYPE = np.int32
CAN_MERGE = True  # whether all classes can become one
FAR = 5  # pixels between the bounding boxes of two pieces of one object


def read_target(dataset: "Dataset", index: int) -> np.ndarray:
    """``Dataset.target``: (H, W) int32 ids."""
    if dataset.read_objects is not None:
        return dataset.objects(index).to_ids()
    item, size = dataset.masked(index)
    if isinstance(item.mask, tuple):
        return merge(item.mask, size)
    return instance_ids(sized(read_mask(item.mask), size, item.mask), item.mask)


def read_objects(dataset: "Dataset", index: int) -> Objects:
    """``Dataset.objects``: those that can be read, around what can be left out."""
    if dataset.read_objects is None:
        return Objects.from_ids(dataset.target(index))
    item, size = dataset.masked(index)
    kept = []
    for thing in dataset.read_objects(item, size):
        if isinstance(thing, Object):
            kept.append(thing)
        elif not isinstance(thing, Flaw):
            raise thing
    return Objects.from_objects(kept, size)


def require_objects() -> None:
    """Refuse what has no objects: nothing here."""


def check(dataset: "Dataset", index: int) -> Iterator[BadFile]:
    """What ``kseg.data.check_data`` says of the objects of one image.

    Raises:
        DataError: They cannot be read at all.
    """
    if dataset.read_objects is not None:
        things = dataset.read_objects(*dataset.masked(index))
        yield from (thing for thing in things if isinstance(thing, BadFile))
        return
    mask, ids = dataset.items[index].mask, dataset.target(index)
    file = mask[0].parent if isinstance(mask, tuple) else mask
    first = ids.flat[0]
    if (ids == first).all():
        only = f"object {first}" if first else dataset.class_names[0]
        yield empty(file, only, bool(first))
    for number in far_pieces(ids):
        yield BadFile(
            file,
            f"expected object {number} in one piece. Received: pieces {FAR} pixels "
            "apart or more",
            "Give each piece an id of its own if they are two objects.",
        )


def masks_of(dataset: "Dataset", item: "Item") -> tuple:
    """The mask files of one image, which can be read without the image."""
    if item.mask is None or dataset.read_objects is not None:
        return ()
    return item.mask if isinstance(item.mask, tuple) else (item.mask,)


def far_pieces(ids: np.ndarray) -> list[int]:
    """The objects with pieces whose bounding boxes lie ``FAR`` pixels apart or more.

    Args:
        ids: (H, W) integers, 0 for background.

    Returns:
        Their ids, sorted.
    """
    from scipy.ndimage import find_objects
    from skimage.measure import label

    pieces = label(ids, background=0, connectivity=2)
    owner = np.zeros(pieces.max() + 1, ids.dtype)
    owner[pieces] = ids
    largest: dict[int, int] = {}
    areas = np.bincount(pieces.ravel())
    for piece in range(1, len(owner)):
        kept = largest.get(owner[piece], piece)
        largest[owner[piece]] = max(kept, piece, key=lambda p: areas[p])
    boxes = find_objects(pieces)
    far = {
        int(owner[piece])
        for piece in range(1, len(owner))
        if _gap(boxes[piece - 1], boxes[largest[owner[piece]] - 1]) >= FAR
    }
    return sorted(far)


def _gap(box: tuple[slice, slice], other: tuple[slice, slice]) -> int:
    return max(
        max(a.start - b.stop, b.start - a.stop) for a, b in zip(box, other, strict=True)
    )


def shares_classes(metadata: Mapping) -> bool:
    """Whether a network's classes are those of such data: of objects and not of the
    pixels of a label map, which may be separated into objects."""
    return metadata.get("task") == "instances"


def first_named(own: Sequence[str], others: Sequence[str]) -> int:
    """From which class on names are matched: class 0 is the background always."""
    return 1


def relabelled(dataset: "Dataset", label: Mapping[int, int]) -> "Dataset":
    """The data set with objects of class ``label[k]`` for k."""
    if dataset.read_objects is None:  # of class 1 all, which stays
        return dataset

    def objects(item, size):
        for thing in dataset.read_objects(item, size):
            known = isinstance(thing, Object)
            yield replace(thing, label=label[thing.label]) if known else thing

    return replace(dataset, read_objects=objects)


def make_encoder(
    target: str, border_width: float | None, weight_map: Mapping | None
) -> Callable:
    """``kseg.data.pipeline.encoders.id_encoder``."""
    from kseg.data.pipeline.encoders import id_encoder

    return id_encoder(target, border_width, weight_map)
