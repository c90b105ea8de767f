"""Which files of a data folder belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kseg.data.dataset import Item
from kseg.data.reading.split_names import split_named, unlike
from kseg.imaging import list_images
from kseg.imaging.bad_file import BadFile

MASK_FOLDERS = ("masks", "labels")
_LAYOUT = "Put images in images/ and their masks in masks/, under the same names."


@dataclass(frozen=True)
class Listing:
    """What a data folder holds.

    Args:
        items: One an image, sorted by name.
        bad: What keeps the folder from being used: files of one name, ...
        unused: Masks that no image has the name of.
        lists: The list files, by split.
        flaws: What is wrong and can be read around.
        stated: Names of items by split, where a file of the format states them.
    """

    items: tuple[Item, ...]
    bad: tuple[BadFile, ...] = ()
    unused: tuple[Path, ...] = ()
    lists: dict[str, Path] = field(default_factory=dict)
    flaws: tuple[BadFile, ...] = ()
    stated: dict[str, frozenset[str]] = field(default_factory=dict)


def list_folder(root: Path) -> Listing:
    """List images/ and masks/ (or labels/), here or in folders of splits, or
    NAME/images/ and NAME/masks/.

    Args:
        root: The data folder.

    Returns:
        The listing; no file has been read.

    Raises:
        DataError: It lacks a part, or no name is in both parts.
    """
    homes = split_homes(root, MASK_FOLDERS)
    if homes and not (root / "images").is_dir():
        return _list_splits(root, homes)
    folders = image_folders(root)
    return _list_by_image(root, folders) if folders else _list_pairs(root)


def split_homes(root: Path, beside: Sequence[str]) -> dict[Path, str]:
    """The folders of splits that hold images/ and another folder, as train/ and valid/.

    Args:
        root: The data folder.
        beside: Names that the other folder may have.

    Returns:
        Each, and what names of its items begin with.
    """
    homes = [
        folder
        for folder in sorted(root.iterdir())
        if split_named(folder.name)
        and (folder / "images").is_dir()
        and any((folder / name).is_dir() for name in beside)
    ]
    names = unlike(home.name for home in homes)
    return {home: f"{name}/" for home, name in zip(homes, names, strict=True)}


def check_root(root: Path) -> None:
    """Refuse what is no data folder at all.

    Raises:
        DataError: It is no folder, or is empty.
    """
    try:
        empty = next(root.iterdir(), None) is None
    except (FileNotFoundError, NotADirectoryError) as error:
        received = "a file" if root.exists() else "nothing of that name"
        what = f"expected a folder. Received: {received}"
        raise BadFile(root, what, "Check the path.") from error
    except OSError as error:
        what = f"cannot be listed ({error.strerror})"
        raise BadFile(root, what, "Check its permissions.") from error
    if empty:
        what = "expected images/ and masks/ in it. Received: an empty folder"
        raise BadFile(root, what, _LAYOUT)


def list_files(root: Path) -> dict[str, Path]:
    """The list files of a data folder, by split: splits/*.txt, and train.txt, val.txt
    and test.txt beside it, or what else these are called."""
    beside = (file for file in sorted(root.glob("*.txt")) if split_named(file.stem))
    return {file.stem: file for file in (*beside, *sorted(root.glob("splits/*.txt")))}


def by_name(
    folder: Path, *, prefix: str = "", ending: str = ""
) -> dict[str, list[Path]]:
    """The image files of a folder and of its folders, by name.

    Args:
        folder: Where to look.
        prefix: What is put before each name.
        ending: What names must end with, before the suffix; it is left out of them.

    Returns:
        Name (the path inside the folder without its suffix) to the files that have it,
        sorted.

    Raises:
        DataError: There is none.
    """
    files: dict[str, list[Path]] = {}
    for file in list_images(folder, nested=True):
        name = file.relative_to(folder).with_suffix("").as_posix()
        if name.endswith(ending):
            name = prefix + name.removesuffix(ending)
            files.setdefault(name, []).append(file)
    if not files:
        what = f"expected images NAME{ending}.png or of other types. Received: none"
        raise BadFile(folder, what, "Put .png, .jpg or .tif files there.")
    return dict(sorted(files.items()))


def pair(
    images: dict[str, list[Path]],
    masks: dict[str, list[Path]],
    lists: dict[str, Path],
) -> Listing:
    """Images and the masks of their names.

    Args:
        images: As ``by_name`` gives them.
        masks: Likewise.
        lists: As ``Listing`` has them.

    Returns:
        The listing; two files of one name are in its ``bad``.
    """
    twice = [files for files in (*images.values(), *masks.values()) if len(files) > 1]
    bad = (
        BadFile(
            files[1],
            f"expected one file of a name. Received: {files[0].name} beside it",
            "Remove or rename one of them.",
        )
        for files in twice
    )
    items = (
        Item(name, files[0], masks[name][0] if name in masks else None)
        for name, files in images.items()
    )
    unused = (files[0] for name, files in masks.items() if name not in images)
    return Listing(tuple(items), tuple(bad), tuple(unused), lists)


def image_folders(root: Path) -> list[Path]:
    """The folders NAME of the layout NAME/images/, sorted; none in the other layout."""
    if (root / "images").is_dir():
        return []
    return sorted(folder.parent for folder in root.glob("*/images") if folder.is_dir())


def _list_by_image(root: Path, folders: list[Path]) -> Listing:
    items, bad = [], []
    for folder in folders:
        images = list_images(folder / "images")
        if len(images) == 1:
            has_masks = (folder / "masks").is_dir()
            masks = list_images(folder / "masks") if has_masks else ()
            items.append(Item(folder.name, images[0], tuple(masks) or None))
        else:
            what = f"expected one image. Received: {len(images)}"
            bad.append(BadFile(folder / "images", what, "Keep one image in it."))
    return Listing(tuple(items), tuple(bad), lists=list_files(root))


def _list_splits(root: Path, homes: dict[Path, str]) -> Listing:
    images, masks = {}, {}
    for home, prefix in homes.items():
        images |= by_name(home / "images", prefix=prefix)
        folder = next(home / f for f in MASK_FOLDERS if (home / f).is_dir())
        masks |= by_name(folder, prefix=prefix)
    return pair(images, masks, list_files(root))


def _list_pairs(root: Path) -> Listing:
    masks_at = next((root / f for f in MASK_FOLDERS if (root / f).is_dir()), None)
    if not (root / "images").is_dir():
        what = "expected a folder images/ in it. Received: none"
        raise BadFile(root, what, _LAYOUT)
    if masks_at is None:
        what = "expected a folder masks/ (or labels/) in it. Received: none"
        raise BadFile(root, what, _LAYOUT)
    images, masks = by_name(root / "images"), by_name(masks_at)
    if not images.keys() & masks.keys():
        what = (
            "expected masks with the names of images. Received: "
            f"{next(iter(images))!r} in images/ and {next(iter(masks))!r} in "
            f"{masks_at.name}/, and no name in both"
        )
        raise BadFile(root, what, "Rename the masks: only the suffix may differ.")
    return pair(images, masks, list_files(root))
