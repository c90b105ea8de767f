"""labelme's JSON files, each beside its image.

::

    [images/][SPLIT/]NAME.jpg     NAME.json beside it
    labels.txt or classes.txt     the classes' names, optional

A file belongs to the image of its name: ``imagePath`` and ``imageData`` in it are not
followed.
"""

from collections.abc import Iterator
from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.data.formats.labelme_objects import NO_CLASS, LabelmeObjects, shapes_of
from kseg.data.reading.class_names import read_names
from kseg.data.reading.json_file import read_json
from kseg.data.reading.listing import Listing, by_name, list_files, pair
from kseg.errors import DataError
from kseg.imaging import default_palette
from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import SUFFIXES


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
    names = read_names(stated) if stated else sorted(_labels(items))
    names = tuple(name for name in names if name not in NO_CLASS)
    if not stated:
        listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        notes = (
            f"{root}: the annotations hold {len(names)} labels, a class each: "
            f"{listed}. Write labels.txt to choose and order them.",
        )
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
        read_objects=LabelmeObjects(classes),
        notes=notes,
    )


def _home(root: Path) -> Path:
    """Where the images are."""
    inner = root / "images"
    return inner if next(_json_files(inner), None) else root


def _json_files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*.json")):
        if not file.name.startswith("."):
            yield file


def _labels(items: tuple[Item, ...]) -> set[str]:
    """The labels in all files."""
    labels = set()
    for item in items:
        try:
            shapes = shapes_of(read_json(item.mask), item.mask) if item.mask else []
        except DataError:  # said when the objects of this image are read
            continue
        found = (shape.get("label") for shape in shapes if isinstance(shape, dict))
        labels.update(label for label in found if isinstance(label, str))
    return labels
