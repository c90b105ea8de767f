"""YOLO's polygon labels: a text file an image, a line an object.

::

    images/[SPLIT/]NAME.jpg     labels/[SPLIT/]NAME.txt
    SPLIT/images/NAME.jpg       SPLIT/labels/NAME.txt       or so
    data.yaml (names: ...) or classes.txt                   optional

A line is ``class x1 y1 x2 y2 x3 y3 ...``: the class counted from 0, coordinates as
shares of the image's width and height.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kseg.data.dataset import Dataset, Item
from kseg.data.reading.annotation import Object, Source, polygon_objects
from kseg.data.reading.class_names import read_names
from kseg.data.reading.listing import Listing, by_name, list_files
from kseg.data.reading.text_file import read_text
from kseg.imaging import default_palette
from kseg.imaging.bad_file import BadFile

_SPLITS = {"train": "train", "val": "val", "valid": "val", "test": "test"}
_AGAIN = "Export the labels again."


def is_yolo(root: Path) -> bool:
    """Whether text labels lie in labels/ beside images/, here or in a split."""
    return any(next(_texts(home), None) for home in _homes(root))


def list_yolo(root: Path) -> Listing:
    """List the images and the label files of their names.

    Args:
        root: The data folder.

    Returns:
        The listing; no image has been decoded.

    Raises:
        DataError: There are no images, or no label files.
    """
    homes = _homes(root)
    if not is_yolo(root):
        raise BadFile(
            root,
            "expected images/ and labels/*.txt in it, or in train/ and val/. "
            "Received: neither",
            "Put the label files in labels/, under the names of their images.",
        )
    items, bad, unused = [], [], []
    for home, prefix in homes.items():
        texts = {_name(home, file): file for file in _texts(home)}
        images = by_name(home / "images")
        for name, files in images.items():
            # Where the label file is, or would be.
            text = texts.pop(name, home / "labels" / f"{name}.txt")
            items.append(Item(prefix + name, files[0], text))
            if len(files) > 1:
                what = f"expected one file of a name. Received: {files[0].name} too"
                bad.append(BadFile(files[1], what, "Remove or rename one of them."))
        unused += texts.values()
    lists = list_files(root)
    return Listing(tuple(items), tuple(bad), tuple(unused), lists)


def read_yolo(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Objects of the classes that ``data.yaml`` or ``classes.txt`` names.

    Class k of the files is class k + 1. Without names every label file is read once
    to find how many classes there are. An image without a label file has no objects,
    as YOLO's own tools take it; a note says how many.

    Args:
        root: The data folder.
        items: What ``list_yolo`` found in it.

    Returns:
        A data set of the kind ``"instances"``.

    Raises:
        DataError: The file of the names cannot be read.
    """
    notes = []
    names = _yaml_names(root)
    stated = (root / "classes.txt", root / "labels" / "classes.txt")
    for path in stated:
        if names is None and path.exists():
            names = read_names(path)
    if names is None:
        count = max((_greatest(item.mask) for item in items), default=0) + 1
        names = tuple(f"class {k}" for k in range(count))
        notes.append(
            f"{root}: the label files hold classes up to {count - 1}. Write "
            "classes.txt, or data.yaml with names, to name them."
        )
    missing = sum(not item.mask.exists() for item in items)
    if missing:
        notes.append(
            f"{root}: {missing} of {len(items)} images have no label file: they are "
            "taken as images without objects."
        )
    names = ("background", *names)
    return Dataset(
        "instances",
        items,
        names,
        default_palette(len(names)),
        read_objects=YoloObjects(len(names) - 1),
        notes=tuple(notes),
    )


class YoloObjects:
    """The objects in a label file.

    Args:
        classes: How many there are.
    """

    def __init__(self, classes: int):
        self._classes = classes

    def __call__(self, item: Item, size: tuple[int, int]) -> Iterator[Object | BadFile]:
        """As ``kseg.data.reading.annotation`` has it."""
        if not item.mask.exists():
            return
        lines = read_text(item.mask, _AGAIN).splitlines()
        for i, line in enumerate(lines, 1):
            if line.strip():
                yield from self._line(Source(item.mask, f"line {i}", size), line)

    def _line(self, source: Source, line: str) -> Iterator[Object | BadFile]:
        try:
            label, *shares = (float(word) for word in line.split())
        except ValueError:
            yield source.bad(
                f"expected numbers. Received: {line[:60]!r}", "Mend the line."
            )
            return
        if label not in range(self._classes):
            yield source.bad(
                f"expected a class of 0 to {self._classes - 1}. Received: {label:g}",
                "Mend the line, or name the class in classes.txt or data.yaml.",
            )
        elif len(shares) < 6 or len(shares) % 2 or not np.isfinite(shares).all():
            box = " (a box?)" if len(shares) == 4 else ""
            yield source.bad(
                "expected the x and y of 3 points or more behind the class. Received: "
                f"{len(shares)} numbers{box}: {line[:60]!r}",
                "Export polygons (segmentation), not boxes.",
            )
        elif np.abs(shares).max() > 2:
            yield source.bad(
                "expected shares of the width and height, 0 to 1. Received: "
                f"{max(shares, key=abs):g}",
                "Divide pixels by the image's width and height.",
            )
        else:
            ring = np.array(shares).reshape(-1, 2) * source.size[::-1]
            yield from polygon_objects(source, int(label) + 1, [ring])


def _homes(root: Path) -> dict[Path, str]:
    """The folders that hold images/ and labels/, and what names in them begin with."""
    homes = {root: ""} | {root / s: f"{name}/" for s, name in _SPLITS.items()}
    return {
        home: prefix
        for home, prefix in homes.items()
        if (home / "images").is_dir() and (home / "labels").is_dir()
    }


def _texts(home: Path) -> Iterator[Path]:
    """The label files, the file of the classes' names left out."""
    for file in sorted((home / "labels").rglob("*.txt")):
        if _name(home, file) != "classes" and not file.name.startswith("."):
            yield file


def _name(home: Path, file: Path) -> str:
    return file.relative_to(home / "labels").with_suffix("").as_posix()


def _greatest(path: Path) -> int:
    """The greatest class in a label file; 0 where that cannot be said."""
    try:
        text = read_text(path, _AGAIN)
    except BadFile:  # said when its objects are read
        return 0
    # Four digits: a greater number is a mistake and no class.
    return max(map(int, re.findall(r"^\s*(\d{1,4})\s", text, re.M)), default=0)


def _yaml_names(root: Path) -> tuple[str, ...] | None:
    """The names in a data.yaml, which are a list or a mapping from 0 on.

    Only this much of YAML is read: ``names: [a, b]``, ``names: {0: a, 1: b}``, and
    lines of ``- a`` or ``0: a`` below ``names:``.
    """
    files = sorted([*root.glob("*.yaml"), *root.glob("*.yml")])
    for path in files:
        text = re.sub(r"(^|\s)#.*", "", read_text(path, _AGAIN), flags=re.M)
        lines = text.splitlines()
        starts = [i for i, line in enumerate(lines) if line.startswith("names:")]
        if not starts:
            continue
        start = starts[0]
        text = lines[start].removeprefix("names:").strip()
        block = []
        for line in lines[start + 1 :]:
            if line.strip() and not line.startswith((" ", "-", "]", "}")):
                break
            block.append(line.strip())
        if text[:1] in ("[", "{"):
            entries = re.split(r",", " ".join([text, *block]).strip("[]{} "))
        else:
            entries = [line.removeprefix("- ") for line in block]
        return _names(path, [entry.strip() for entry in entries if entry.strip()])
    return None


def _names(path: Path, entries: list[str]) -> tuple[str, ...]:
    pairs = [re.fullmatch(r"(\d+)\s*:\s*(.+)", entry) for entry in entries]
    if entries and all(pairs):
        by_number = {int(pair[1]): pair[2] for pair in pairs}
        if sorted(by_number) == list(range(len(entries))):
            entries = [by_number[k] for k in range(len(entries))]
            pairs = [None]
    names = tuple(entry.strip("'\"") for entry in entries)
    if not names or any(pairs) or len(set(names)) < len(names):
        raise BadFile(
            path,
            "expected names: a list, or numbers from 0 on, each with a name of its "
            f"own. Received: {', '.join(entries)[:80]!r}",
            "Mend it, or write classes.txt with a name a line instead.",
        )
    return names
