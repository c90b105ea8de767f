"""Training recipes: a module each; its docstring has command, time and score.

A recipe says which network, which targets, which loss and which augmentation;
`kseg.training.train` does the rest. To add one, write a module with the names that
`kseg.recipes.unet` has and list it here.
"""

from importlib import import_module
from types import ModuleType

RECIPES = {"unet": "kseg.recipes.unet"}


def get(name: str) -> ModuleType:
    """The recipe of that name.

    Raises:
        ValueError: There is none.
    """
    if name not in RECIPES:
        raise ValueError(
            f"Expected a network that has a recipe: {', '.join(sorted(RECIPES))}. "
            f"Received: {name!r}. `kseg models` lists them."
        )
    return import_module(RECIPES[name])
