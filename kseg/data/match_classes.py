"""The classes of a data set, put in the order of a network's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from kseg.data.dataset import Dataset
from kseg.data.sides import SIDES
from kseg.imaging import default_palette

Names = tuple[str, ...]


def match_classes(dataset: Dataset, class_names: Sequence[str]) -> Dataset:
    """A data set with a network's classes, in the network's order.

    They are matched by name. By number are matched the only class beside the
    background, and names like ``"class 1"``, which stand for none; of these the data
    may have fewer than the network, whose names they get. A network whose only class
    has no name, or is called "object", finds objects of any class: they become that
    one.

    Args:
        dataset: A `kseg.data.Dataset`.
        class_names: Of the network, as its metadata has them.

    Returns:
        The data set, or one like it whose classes, colours and category ids are those
        of the network.

    Raises:
        ValueError: The data set has other classes.
    """
    own, others, side = tuple(class_names), dataset.class_names, SIDES[dataset.kind]
    first = side.first_named(own, others)
    named, theirs = own[first:], others[first:]
    if named == theirs:
        return dataset
    if sorted(named) == sorted(theirs) and len(set(named)) == len(named):
        return _reordered(dataset, (*range(first), *map(others.index, named)))
    only = len(named) == 1 and first == 1
    if len(named) == len(theirs) and (only or _nameless(named) or _nameless(theirs)):
        return dataset
    if len(named) > len(theirs) and _nameless(theirs):
        palette = dataset.palette + default_palette(len(own))[len(others) :]
        return replace(dataset, class_names=own, palette=palette)
    if only and side.CAN_MERGE and (named == ("object",) or _nameless(named)):
        return _merged(dataset, own)
    _refuse(named, theirs)


def match_network(dataset: Dataset, metadata: Mapping[str, Any]) -> Dataset:
    """``match_classes``, where a network's classes are those of the data.

    Args:
        dataset: A `kseg.data.Dataset`.
        metadata: Of the network.

    Returns:
        As ``match_classes``; objects stay as they are for a network of label maps that
        separates them, whose classes are of pixels.

    Raises:
        ValueError: The data set has other classes.
    """
    if not SIDES[dataset.kind].shares_classes(metadata):
        return dataset
    return match_classes(dataset, metadata["classes"])


def _nameless(names: Names) -> bool:
    """What networks and readers call classes of which they know no names."""
    return bool(names) and all(re.fullmatch(r"class \d+", name) for name in names)


def _reordered(dataset: Dataset, order: tuple[int, ...]) -> Dataset:
    """A data set whose class k is what was class ``order[k]``."""

    def in_order(values):
        return values and tuple(values[k] for k in order)

    return replace(
        SIDES[dataset.kind].relabelled(
            dataset, {old: k for k, old in enumerate(order)}
        ),
        class_names=in_order(dataset.class_names),
        palette=in_order(dataset.palette),
        category_ids=in_order(dataset.category_ids),
    )


def _merged(dataset: Dataset, names: Names) -> Dataset:
    """A data set whose objects are all of class 1."""
    one = {k: min(k, 1) for k in range(len(dataset.class_names))}
    return replace(
        SIDES[dataset.kind].relabelled(dataset, one),
        class_names=names,
        palette=dataset.palette[:2],
        category_ids=None,
    )


def _refuse(own: Names, others: Names) -> NoReturn:
    raise ValueError(
        f"Expected the network's {len(own)} classes {_listed(own, others)}. Received: "
        f"data with {_listed(others, own)}. Use data with the same classes; where only "
        "the spelling differs, mend the names of the data."
    )


def _listed(names: Names, others: Names, most: int = 8) -> str:
    """The names; of many those that the others lack come first."""
    if len(names) > most:
        names = sorted(names, key=others.__contains__)
    return ", ".join(names[:most]) + (" ..." if len(names) > most else "")
