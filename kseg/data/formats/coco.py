"""Instance annotations in COCO's JSON.

::

    annotations/NAME.json               one file, or one a split
    images/FILE_NAME                    or images/SPLIT/, SPLIT/, or beside annotations/

The files are read here and not by pycocotools' ``COCO``, which takes what is wrong as
it comes and prints. pycocotools turns polygons into pixels.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from kseg.data.dataset import Dataset, Item
from kseg.data.formats.coco_objects import Record, coco_objects, short
from kseg.data.reading.json_file import inner_path, read_json
from kseg.data.reading.listing import Listing, list_files
from kseg.imaging import default_palette
from kseg.imaging.bad_file import BadFile

# COCO's download holds these beside its instances.
_OTHERS = ("captions", "image_info", "panoptic", "person_keypoints", "stuff")
_AGAIN = "Export the annotations again, or mend the file."


def is_coco(root: Path) -> bool:
    """Whether annotations/ holds JSON files."""
    return bool(_files(root))


def list_coco(root: Path) -> Listing:
    """List the images of every file; with several, names begin with ``SPLIT/``.

    The split of ``instances_train2017.json`` is ``train``. A name is the image's file
    name without its suffix.

    Args:
        root: The data folder.

    Returns:
        The listing, its items with the ``Record`` of each image; no image has been
        decoded.

    Raises:
        DataError: There is no file, one cannot be read, or they disagree about the
            categories.
    """
    files = _files(root)
    if not files:
        raise BadFile(
            root / "annotations",
            "expected COCO's JSON files in it. Received: none",
            "Put the file with images, annotations and categories there.",
        )
    items, bad, flaws = [], [], []
    for split, path in files.items():
        found = read_json(path)
        classes, names = _categories(found, path)
        known = items[0].record if items else None
        if known and (classes, names) != (known.classes, known.names):
            raise BadFile(
                path,
                f"expected the categories of {known.path}. Received: others",
                "Give all files the same categories.",
            )
        of_image = _by_image(found, path, flaws)
        prefix = f"{split}/" if len(files) > 1 else ""
        for entry in _entries(found, "images", path):
            key = entry.get("id") if isinstance(entry, dict) else None
            key = key if isinstance(key, int | str) else None
            annotations = of_image.pop(key, [])
            try:
                image, name = _image_path(root, path, entry)
            except BadFile as error:
                bad.append(error)
                continue
            record = Record(path, key, _size(entry), annotations, classes, names)
            items.append(Item(prefix + name, image, path, record))
        for key, left in of_image.items():
            flaws.append(
                BadFile(
                    path,
                    f"expected annotations of images in the file. Received: image_id="
                    f"{key!r} in {len(left)} of them, which it lacks",
                    "Remove them, or add the image.",
                )
            )
    if not items and not bad:
        raise BadFile(path, "expected images. Received: an empty list", _AGAIN)
    bad += _twice(items)
    items.sort(key=lambda item: item.name)
    return Listing(tuple(items), tuple(bad), (), list_files(root), tuple(flaws))


def read_coco(root: Path, items: tuple[Item, ...]) -> Dataset:
    """Objects of the categories, which become classes 1 to K in the order of their ids.

    Args:
        root: The data folder; every reader takes it.
        items: What ``list_coco`` found in it.

    Returns:
        A data set of the kind ``"instances"``.

    Reference:
        Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014.
    """
    record = items[0].record
    names = ("background", *record.names)
    return Dataset(
        "instances",
        items,
        names,
        default_palette(len(names)),
        read_objects=coco_objects,
        category_ids=(0, *record.classes),
    )


def _files(root: Path) -> dict[str, Path]:
    """The instance files, by split."""
    files = [
        file
        for file in sorted((root / "annotations").glob("*.json"))
        if not file.name.startswith((".", *_OTHERS))
    ]
    short = [re.sub(r"^instances_|(?<=\D)\d{4}$", "", f.stem) for f in files]
    unique = len(set(short)) == len(short) and all(short)
    names = short if unique else [file.stem for file in files]
    return dict(zip(names, files, strict=True))


def _entries(found: dict, key: str, path: Path) -> list:
    entries = found.get(key)
    if not isinstance(entries, list):
        raise BadFile(
            path,
            f"expected a list of {key!r}. Received: {type(entries).__name__}",
            _AGAIN,
        )
    return entries


def _categories(found: dict, path: Path):
    """Category id to class, and the names by class."""
    by_id = {}
    for entry in _entries(found, "categories", path):
        key = entry.get("id") if isinstance(entry, dict) else None
        name = entry.get("name") if isinstance(entry, dict) else None
        if type(key) is not int or not isinstance(name, str) or key in by_id:
            raise BadFile(
                path,
                "expected categories with a number of their own as id, and a name. "
                f"Received: {short(entry)}",
                _AGAIN,
            )
        by_id[key] = name
    if not by_id:
        raise BadFile(path, "expected categories. Received: none", _AGAIN)
    ids = sorted(by_id)
    return {key: k for k, key in enumerate(ids, 1)}, tuple(by_id[key] for key in ids)


def _by_image(found: dict, path: Path, flaws: list[BadFile]) -> dict:
    """The annotations of each image id."""
    of_image: dict = {}
    for i, entry in enumerate(_entries(found, "annotations", path)):
        key = entry.get("image_id") if isinstance(entry, dict) else None
        if isinstance(key, int | str):
            of_image.setdefault(key, []).append(entry)
        else:
            flaws.append(
                BadFile(
                    path,
                    f"annotation number {i + 1}: expected an image_id. Received: "
                    f"{short(entry)}",
                    "Remove it, or mend it.",
                )
            )
    return of_image


def _image_path(root: Path, path: Path, entry: object) -> tuple[Path, str]:
    """Where an image is, and its name."""
    stated = entry.get("file_name") if isinstance(entry, dict) else None
    inner = inner_path(stated)
    if inner is None or not isinstance(entry.get("id"), int | str):
        raise BadFile(
            path,
            "expected images with an id and a file_name below images/. Received: "
            f"{short(entry)}",
            "Name the file without leaving the folder: no '..', no absolute path.",
        )
    split = path.stem.removeprefix("instances_")
    folders = root / "images", root / "images" / split, root / split, root
    places = [folder / inner for folder in folders]
    image = next((place for place in places if place.is_file()), places[0])
    return image, inner.with_suffix("").as_posix()


def _size(entry: dict) -> tuple[int, int] | None:
    size = entry.get("height"), entry.get("width")
    return size if all(type(length) is int for length in size) else None


def _twice(items: list[Item]) -> Iterator[BadFile]:
    names, ids = set(), set()
    for item in items:
        key = item.record.path, item.record.image_id
        if item.name in names or key in ids:
            yield BadFile(
                item.record.path,
                "expected a name and an id of its own for each image. Received: "
                f"{item.name!r} with id {item.record.image_id!r} beside another",
                "Remove one of them.",
            )
        names.add(item.name)
        ids.add(key)
