"""The classes of a data set of objects, put in the order of a network's."""

import re
from dataclasses import replace

from kseg.data.reading.annotation import Object


def match_classes(dataset, class_names):
    """A data set of objects with a network's classes, in the network's order.

    They are matched by name; one class, and names like ``"class 1"``, which stand for
    none, by number.

    Args:
        dataset: A `kseg.data.Dataset` of objects.
        class_names: Of the network that finds objects, the background first, as its
            metadata has them.

    Returns:
        The data set, or one like it whose classes, colours and category ids are in
        another order.

    Raises:
        ValueError: The data set holds label maps, or has other classes.
    """
    if dataset.kind != "instances":
        raise ValueError(
            "Expected a data set of objects, to score a network that gives objects. "
            "Received: one of label maps. Name the format that its objects are in."
        )
    own, others = tuple(class_names[1:]), dataset.class_names[1:]
    if len(own) != len(others):
        raise ValueError(
            f"Expected objects of the network's {len(own)} classes. Received: data "
            f"with {len(others)}, from {others[0]!r} on. Use data of the same kind."
        )
    if own == others or len(own) == 1 or _nameless(own) or _nameless(others):
        return dataset
    if sorted(own) != sorted(others) or len(set(own)) < len(own):
        raise ValueError(
            f"Expected objects of the network's classes {_unlike(own, others)}. "
            f"Received: data with {_unlike(others, own)}. Use data of the same kind, "
            "with classes of the same names."
        )
    return _reordered(dataset, (0, *(1 + others.index(name) for name in own)))


def _nameless(names) -> bool:
    """What networks and readers call classes of which they know no names."""
    return all(re.fullmatch(r"class \d+", name) for name in names)


def _unlike(names, others, most: int = 8) -> str:
    """The names that the others lack; all, where only their number differs."""
    unlike = [name for name in names if name not in others] or names
    return ", ".join(unlike[:most]) + (" ..." if len(unlike) > most else "")


def _reordered(dataset, order):
    """A data set whose class k is what was class ``order[k]``."""
    label = {old: new for new, old in enumerate(order)}

    def objects(item, size):
        for thing in dataset.read_objects(item, size):
            known = isinstance(thing, Object)
            yield replace(thing, label=label[thing.label]) if known else thing

    def in_order(values):
        return values and tuple(values[k] for k in order)

    return replace(
        dataset,
        class_names=in_order(dataset.class_names),
        palette=in_order(dataset.palette),
        category_ids=in_order(dataset.category_ids),
        read_objects=objects,
    )
