"""From one annotation in COCO's JSON to an object, or to what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kseg.data.dataset import Item
from kseg.data.reading.annotation import Object, Source, mask_objects, polygon_objects
from kseg.data.reading.json_file import numbers
from kseg.data.reading.run_lengths import decode_rle
from kseg.imaging.bad_file import BadFile


@dataclass(frozen=True, eq=False)
class Record:
    """What a COCO file says about one image.

    Args:
        path: The file.
        image_id: The image's id in it.
        size: (H, W) it states.
        annotations: As they are in the file.
        classes: Category id to class, 1 to K.
        names: Of the categories, in the order of the classes.
    """

    path: Path
    image_id: int | str
    size: tuple[int, int] | None
    annotations: list
    classes: Mapping[int, int]
    names: tuple[str, ...]


def coco_objects(item: Item, size: tuple[int, int]) -> Iterator[Object | BadFile]:
    """The objects of one image, and what is wrong with its annotations.

    Args:
        item: With its ``Record``.
        size: (H, W) of the image.

    Yields:
        As ``kseg.data.reading.annotation`` has it.
    """
    record = item.record
    if record.size is not None and record.size != tuple(size):
        yield BadFile(
            record.path,
            f"expected the size of {item.image}, {size[0]}x{size[1]} (height x width). "
            f"Received: {record.size[0]}x{record.size[1]}",
            "Annotate the image again; polygons of another size lie elsewhere.",
        )
        return
    for i, annotation in enumerate(record.annotations):
        name = annotation.get("id", f"number {i + 1}")
        source = Source(record.path, f"annotation {name} of {item.name}", tuple(size))
        yield from _objects(source, annotation, record.classes)


def _objects(source: Source, annotation: dict, classes) -> Iterator[Object | BadFile]:
    category = annotation.get("category_id")
    label = classes.get(category) if isinstance(category, int) else None
    if label is None:
        yield source.bad(
            f"expected one of the file's {len(classes)} categories. Received: "
            f"category_id={category!r}",
            "Mend the annotation, or add the category.",
        )
        return
    stated = annotation.get("bbox")
    box = None
    if stated is not None:
        box = _box(stated)
        if box is None:
            yield source.bad(
                "expected a bbox of x, y, width and height, at least 0. Received: "
                f"{short(stated)}",
                "Mend the annotation.",
            )
            return
    crowd = annotation.get("iscrowd") in (1, True)
    area = annotation.get("area")
    area = None if numbers([area]) is None or area <= 0 else float(area)
    drawn = annotation.get("segmentation")
    if isinstance(drawn, dict):
        mask = decode_rle(drawn, source.size)
        if mask is None:
            yield source.bad(
                f"expected run lengths of {source.size[0]}x{source.size[1]} pixels "
                f"(height x width). Received: size={short(drawn.get('size'))}, "
                f"counts={short(drawn.get('counts'))}",
                "Export the annotation again.",
            )
            return
        yield from mask_objects(source, Object(label, mask, (0, 0), box, crowd, area))
        return
    rings = _rings(drawn)
    if rings is None:
        yield source.bad(
            "expected a segmentation: polygons of 3 points or more, or run lengths. "
            f"Received: {short(drawn)}",
            "Draw the outline of the object, or remove the annotation.",
        )
        return
    yield from polygon_objects(source, label, rings, box=box, crowd=crowd, area=area)


def _rings(drawn: object) -> list[np.ndarray] | None:
    if not isinstance(drawn, list) or not drawn:
        return None
    rings = [numbers(ring) for ring in drawn]
    if any(r is None or len(r) < 6 or len(r) % 2 for r in rings):
        return None
    return [ring.reshape(-1, 2) for ring in rings]


def _box(stated: object) -> np.ndarray | None:
    """(y1, x1, y2, x2) of a bbox."""
    box = numbers(stated, 4)
    if box is None or (box[2:] < 0).any():
        return None
    x, y, width, height = box
    return np.array([y, x, y + height, x + width])


def short(value: object) -> str:
    """What a file holds, for a message: the beginning of it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
