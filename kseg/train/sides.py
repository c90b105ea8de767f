"""Where training and evaluation ask for the task: label maps, or objects?"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from kseg.train import labels, objects

SIDES: dict[str, ModuleType] = {"semantic": labels, "instances": objects}


def side_of(metadata: Mapping[str, Any]) -> ModuleType:
    """The side of a network, by its metadata."""
    return SIDES[metadata.get("task", "semantic")]


def side_of_recipe(recipe) -> ModuleType:
    """The side of a `kseg.train.Recipe`."""
    return SIDES[recipe.task]


def side_for(recipe, dataset) -> ModuleType:
    """The side of a recipe that is to learn from a data set.

    Raises:
        ValueError: Its network does not learn from such data.
    """
    side = side_of_recipe(recipe)
    if side.KIND not in (None, dataset.kind):
        raise ValueError(
            "Expected masks of single objects, which are what this recipe learns. "
            "Received: label maps. Use a recipe such as unet, or name the format "
            "of the objects (--format)."
        )
    return side
