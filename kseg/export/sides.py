"""What a network gives, and the module that exports it: the one place that asks.

Both modules have the same functions; what calls them does not know which it has.
"""

from kseg.export.labels import convert as labels
from kseg.export.objects import convert as objects
from kseg.predict.sides import task_of

__all__ = ["SIDES", "side_of", "task_of"]

SIDES = {"semantic": labels, "instances": objects}


def side_of(metadata):
    """The module of a network by its metadata."""
    return SIDES[metadata["task"]]
