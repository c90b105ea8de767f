"""The objects in one of labelme's JSON files, or what is wrong with them."""

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kseg.data.dataset import Item
from kseg.data.reading.annotation import Object, Source, mask_objects, polygon_objects
from kseg.data.reading.json_file import numbers, read_json
from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import decode

# labelme's own names, in labels.txt, for what is no class.
NO_CLASS = ("__ignore__", "_background_", "background")
_NO_AREA = ("line", "linestrip", "point", "points")
_CIRCLE = np.linspace(0, 2 * np.pi, 64, endpoint=False)


class LabelmeObjects:
    """The objects in a JSON file; shapes of one label and one group id are one object.

    Args:
        classes: Label to class, 1 to K.
    """

    def __init__(self, classes: dict[str, int]):
        self._classes = classes

    def __call__(self, item: Item, size: tuple[int, int]) -> Iterator[Object | BadFile]:
        """As ``kseg.data.reading.annotation`` has it."""
        found = read_json(item.mask)
        stated = found.get("imageHeight"), found.get("imageWidth")
        if None not in stated and stated != tuple(size):
            yield BadFile(
                item.mask,
                f"expected the image's size, {size[0]}x{size[1]} (height x width). "
                f"Received: {stated[0]}x{stated[1]}",
                "Annotate the image again; outlines of another size lie elsewhere.",
            )
            return
        groups: dict[tuple, tuple[Source, int, list[np.ndarray]]] = {}
        for i, shape in enumerate(shapes_of(found, item.mask), 1):
            source = Source(item.mask, f"shape {i}", tuple(size))
            shape = shape if isinstance(shape, dict) else {}
            label = shape.get("label")
            if label in NO_CLASS:
                continue
            if not isinstance(label, str) or label not in self._classes:
                yield source.bad(
                    f"expected a label of the data set's {len(self._classes)}. "
                    f"Received: {label!r}",
                    "Mend it, or add it to labels.txt.",
                )
            elif shape.get("shape_type") == "mask":
                yield from _mask_shape(source, self._classes[label], shape)
            elif (ring := _ring(shape)) is None:
                yield _without_outline(source, shape)
            else:
                group = shape.get("group_id")
                key = ("alone", i) if group is None else (label, str(group))
                of_key = groups.setdefault(key, (source, self._classes[label], []))
                of_key[2].append(ring)
        for source, label, rings in groups.values():
            yield from polygon_objects(source, label, rings)


def shapes_of(found: dict, path: Path) -> list:
    """The shapes in a file.

    Raises:
        BadFile: It has no list of them.
    """
    shapes = found.get("shapes")
    if not isinstance(shapes, list):
        raise BadFile(
            path,
            f"expected labelme's list of shapes. Received: {type(shapes).__name__}",
            "Save the annotations again, or remove the file.",
        )
    return shapes


def _points(shape: dict) -> np.ndarray | None:
    """(n, 2) of x, y."""
    points = shape.get("points")
    if not isinstance(points, list):
        return None
    pairs = [numbers(point, 2) for point in points]
    return None if not pairs or any(p is None for p in pairs) else np.stack(pairs)


def _ring(shape: dict) -> np.ndarray | None:
    """The outline of a shape; None if it has none."""
    kind, points = shape.get("shape_type", "polygon"), _points(shape)
    if points is None:
        return None
    if kind == "polygon" and len(points) >= 3:
        return points
    if kind == "rectangle" and len(points) == 2:
        (x1, y1), (x2, y2) = points
        return np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])
    if kind == "circle" and len(points) == 2:  # the centre, and a point on it
        radius = np.hypot(*(points[1] - points[0]))
        return points[0] + radius * np.stack([np.cos(_CIRCLE), np.sin(_CIRCLE)], 1)
    return None


def _without_outline(source: Source, shape: dict) -> BadFile:
    """What is wrong with a shape that has no ring."""
    kind = shape.get("shape_type", "polygon")
    if kind in _NO_AREA:
        return source.flaw(
            f"expected a shape with an area. Received: {kind}",
            "It is left out; draw the outline of the object.",
        )
    return source.bad(
        "expected a polygon of 3 points or more, a rectangle, a circle or a mask. "
        f"Received: {kind} of {str(shape.get('points'))[:60]}",
        "Draw the outline of the object, or remove the shape.",
    )


def _mask_shape(source: Source, label: int, shape: dict) -> Iterator[Object | BadFile]:
    """A shape with a PNG of its own, whose first pixel lies at the first point."""
    try:
        data = base64.b64decode(shape.get("mask") or "", validate=True)
        mask = decode(data, source.path)[..., 0] > 0
    except (binascii.Error, TypeError, ValueError):
        mask = None
    points = _points(shape)
    (height, width), inside = source.size, False
    if mask is not None and points is not None:
        x, y = (round(v) for v in points[0].clip(-1, 1e9))
        rows, columns = mask.shape
        inside = x >= 0 and y >= 0 and y + rows <= height and x + columns <= width
    if not inside:
        yield source.bad(
            "expected a PNG as base64, at a place where it lies inside the image of "
            f"{width}x{height} (width x height). Received: "
            f"{'no image' if mask is None else f'{mask.shape[1]}x{mask.shape[0]}'} at "
            f"{str(shape.get('points'))[:60]}",
            "Draw the object again.",
        )
        return
    yield from mask_objects(source, Object(label, mask.view(np.uint8), (y, x)))
