"""A text file that lists images, a line each: one of a split."""

from collections.abc import Collection
from pathlib import Path

from kseg.data.reading.text_file import read_lines
from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import SUFFIXES


def read_list(path: Path, known: Collection[str]) -> tuple[list[str], list[str]]:
    """The items that a list file names.

    A line is a name, with or without an image's suffix; or an image's path, from which
    all up to ``images/`` is left out (YOLO's lists); or an image's path and its mask's,
    as Caffe's and TensorFlow's lists have them, of which the folders that are not part
    of the image's name are left out.

    Args:
        path: The list file.
        known: The names of all items.

    Returns:
        The names, and those of them that are not known.

    Raises:
        DataError: The file is no text, lists nothing, or a name twice.
    """
    lines = read_lines(path, "Write one image name a line.")
    names = [_listed_name(line, known) for line in lines]
    if not names:
        raise BadFile(path, "lists no images", "Write one image name a line.")
    seen: set[str] = set()
    twice = [name for name in names if name in seen or seen.add(name)]
    if twice:
        raise BadFile(path, f"lists {twice[0]!r} twice", "Remove one of the lines.")
    return names, [name for name in names if name not in known]


def missing_image(path: Path, name: str, count: int) -> BadFile:
    """The error of a list file that names images that are not there."""
    return BadFile(
        path,
        f"expected names of images. Received: {name!r}, which the data folder does not "
        f"hold, {count} such lines in all",
        "Add the image or remove the line.",
    )


def _listed_name(line: str, known: Collection[str]) -> str:
    paths = line.split()
    if len(paths) == 2 and all("/" in p and _is_image(p) for p in paths):
        parts = _without_suffix(paths[0]).split("/")
        ends = ("/".join(parts[i:]) for i in range(len(parts)))
        return next((end for end in ends if end in known), paths[0])
    name = _without_suffix(line)
    for other in (name, _without_suffix(line.strip("\"'")), name.replace("\\", "/")):
        for place in (other, other.rpartition("images/")[2]):
            if place in known:
                return place
    return name


def _is_image(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _without_suffix(name: str) -> str:
    return name[: name.rindex(".")] if _is_image(name) else name
