"""Which names of folders and files are those of splits, as others call them."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_WORDS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validate": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
# Words that part images too, without saying into which of the three.
_OTHER_WORDS = ("dev", "eval", "evaluation", "holdout")
# What may follow: train2017, train_set, "Val images".
_NAME = re.compile(rf"({'|'.join(_WORDS)})[-_ ]?(\d{{4}}|set|split|data|images|imgs)?")


def split_named(name: str) -> str | None:
    """The split that a name is another name of: ``"Validation"``, ``"val2017"``.

    Args:
        name: Of a folder, or of a file without its suffix.

    Returns:
        ``"train"``, ``"val"``, ``"test"`` or None.
    """
    match = _NAME.fullmatch(name.casefold())
    return _WORDS[match[1]] if match else None


def split_in(name: str) -> str | None:
    """The only split that the words of a name speak of, as in ``"my-train_v2"``."""
    splits = {_WORDS[word] for word in _words(name) if word in _WORDS}
    return splits.pop() if len(splits) == 1 else None


def looks_like_split(name: str) -> bool:
    """Whether a word of a name is one that parts images into splits."""
    return any(word in _WORDS or word in _OTHER_WORDS for word in _words(name))


def split_of(item: str) -> str | None:
    """The split by the first folder of an item's name that is one."""
    splits = map(split_named, PurePosixPath(item).parts[:-1])
    return next(filter(None, splits), None)


def unlike(names: Iterable[str]) -> list[str]:
    """Names with those of splits in kseg's words, where that keeps them apart."""
    names = list(names)
    known = [split_named(name) or split_in(name) or name for name in names]
    return known if len(set(known)) == len(known) else names


def _words(name: str) -> list[str]:
    """train, A of trainA; TRAIN, 2 of TRAIN2."""
    return [w.casefold() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)]
