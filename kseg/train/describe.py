"""What a reader of a network has to know, as a run and its bundles carry it."""

from typing import Any

from kseg.data import Dataset
from kseg.train.recipe import Recipe
from kseg.train.sides import side_of_recipe


def describe(
    name: str, recipe: Recipe, dataset: Dataset, size: tuple[int, int]
) -> dict[str, Any]:
    """The metadata of a network: what a reader of its bundle has to know.

    Args:
        name: Of the recipe.
        recipe: The recipe.
        dataset: Images that the network learns from.
        size: (H, W) of its crops, which for a network that finds objects is its input.
    """
    own = side_of_recipe(recipe).describe(recipe, dataset, size)
    return {
        "name": name,
        "task": recipe.task,
        "input": {
            "name": "image",
            "channels": dataset.channels,
            "dtype": "uint8",
            "intensity": dataset.intensity.to_dict(),
            **own.pop("input"),
        },
        "ignore_label": dataset.ignore_label,
        # Whether up is like down in these images: what test-time flips may do.
        "turns": recipe.augmentation.get("turn", False),
        **own,
    }
