"""labelme's JSON files, each beside its image.

::

    [images/][SPLIT/]NAME.jpg     NAME.json beside it
    labels.txt or classes.txt     the classes' names, optional

A file belongs to the image of its name: ``imagePath`` and ``imageData`` in it are not
followed.
"""

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kseg.data.class_names import read_names
from kseg.data.dataset import Dataset, Item
from kseg.data.json_file import read_json
from kseg.data.listing import Listing, by_name, list_files, pair
from kseg.data.objects import Object, Source, mask_objects, numbers, polygon_objects
from kseg.errors import DataError
from kseg.imaging import default_palette
from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import SUFFIXES, decode

# labelme's own names, in labels.txt, for what is no class.
_NO_CLASS = ("__ignore__", "_background_", "background")
_NO_AREA = ("line", "linestrip", "point", "points")
_CIRCLE = np.linspace(0, 2 * np.pi, 64, endpoint=False)


def is_labelme(root: Path) -> bool:
    """Whether an image has a JSON file of its name beside it."""
    return any(
        file.with_suffix(suffix).exists()
        for file in _json_files(_home(root))
        for suffix in (*SUFFIXES, *(s.upper() for s in SUFFIXES))
    )


def list_labelme(root: Path) -> Listing:
    """List the images and the JSON files beside them.

    Args:
        root: The data folder; the images are in it, or in images/.

    Returns:
        The listing; an image without a JSON file has no ``mask``: nobody knows what
        it shows.

    Raises:
        DataError: There are no images.
    """
    home = _home(root)
    found: dict[str, list[Path]] = {}
    for file in _json_files(home):
        name = file.relative_to(home).with_suffix("").as_posix()
        found.setdefault(name, []).append(file)
    return pair(by_name(home), found, list_files(root))


def read_labelme(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Objects of the classes in labels.txt (or classes.txt), or of all labels.

    Without such a file every JSON file is read once, and its labels, sorted, are the
    classes; a note says so.

    Args:
        root: The data folder.
        items: What ``list_labelme`` found in it.

    Returns:
        A data set of the kind ``"instances"``.

    Raises:
        DataError: The file of the names cannot be read, or there are no labels.
    """
    files = (root / name for name in ("labels.txt", "classes.txt"))
    stated = next((file for file in files if file.exists()), None)
    notes = ()
    if stated:
        names = read_names(stated)
    else:
        names = sorted(_labels(items))
        listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        notes = (
            f"{root}: the annotations hold {len(names)} labels, a class each: "
            f"{listed}. Write labels.txt to choose and order them.",
        )
    names = tuple(name for name in names if name not in _NO_CLASS)
    if not names:
        raise BadFile(
            stated or root,
            "expected a label at least. Received: none",
            "Annotate an object, or write labels.txt with one class a line.",
        )
    classes = {name: k for k, name in enumerate(names, 1)}
    names = ("background", *names)
    return Dataset(
        "instances",
        items,
        names,
        default_palette(len(names)),
        objects=LabelmeObjects(classes),
        notes=notes,
    )


class LabelmeObjects:
    """The objects in a JSON file; shapes of one label and one group id are one object.

    Args:
        classes: Label to class, 1 to K.
    """

    def __init__(self, classes: dict[str, int]):
        self._classes = classes

    def __call__(self, item: Item, size: tuple[int, int]) -> Iterator[Object | BadFile]:
        """As ``kseg.data.objects`` has it."""
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
        for i, shape in enumerate(_shapes(found, item.mask), 1):
            source = Source(item.mask, f"shape {i}", tuple(size))
            shape = shape if isinstance(shape, dict) else {}
            label = shape.get("label")
            if label in _NO_CLASS:
                continue
            if not isinstance(label, str) or label not in self._classes:
                yield source.bad(
                    f"expected a label of the data set's {len(self._classes)}. "
                    f"Received: {label!r}",
                    "Mend it, or add it to labels.txt.",
                )
            elif shape.get("shape_type") == "mask":
                yield from _mask_shape(source, self._classes[label], shape)
            elif shape.get("shape_type") in _NO_AREA:
                yield source.flaw(
                    f"expected a shape with an area. Received: {shape['shape_type']}",
                    "It is left out; draw the outline of the object.",
                )
            elif (ring := _ring(shape)) is None:
                yield source.bad(
                    "expected a polygon of 3 points or more, a rectangle, a circle or "
                    f"a mask. Received: {shape.get('shape_type', 'polygon')} of "
                    f"{str(shape.get('points'))[:60]}",
                    "Draw the outline of the object, or remove the shape.",
                )
            else:
                group = shape.get("group_id")
                key = ("alone", i) if group is None else (label, str(group))
                of_key = groups.setdefault(key, (source, self._classes[label], []))
                of_key[2].append(ring)
        for source, label, rings in groups.values():
            yield from polygon_objects(source, label, rings)


def _home(root: Path) -> Path:
    """Where the images are."""
    inner = root / "images"
    return inner if next(_json_files(inner), None) else root


def _json_files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*.json")):
        if not file.name.startswith("."):
            yield file


def _shapes(found: dict, path: Path) -> list:
    shapes = found.get("shapes")
    if not isinstance(shapes, list):
        raise BadFile(
            path,
            f"expected labelme's list of shapes. Received: {type(shapes).__name__}",
            "Save the annotations again, or remove the file.",
        )
    return shapes


def _labels(items: tuple[Item, ...]) -> set[str]:
    """The labels in all files."""
    labels = set()
    for item in items:
        try:
            shapes = _shapes(read_json(item.mask), item.mask) if item.mask else []
        except DataError:  # said when the objects of this image are read
            continue
        found = (shape.get("label") for shape in shapes if isinstance(shape, dict))
        labels.update(label for label in found if isinstance(label, str))
    return labels


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
