"""What a reader of a network has to know, as a run and its bundles carry it."""

from types import ModuleType
from typing import Any

from kseg.data import Dataset
from kseg.recipes import finds_objects


def describe(
    name: str, recipe: ModuleType, dataset: Dataset, size: tuple[int, int]
) -> dict[str, Any]:
    """The metadata of a network: what a reader of its bundle has to know.

    Args:
        name: Of the recipe.
        recipe: The module.
        dataset: Images that the network learns from.
        size: (H, W) of its crops, which for a network that finds objects is its input.
    """
    if finds_objects(recipe):
        special = _objects(recipe, dataset)
    else:
        special = _label_map(recipe, dataset)
        size = recipe.TILE_SIZE
    shared = {
        "name": name,
        "input": {
            "name": "image",
            "size": list(size),
            "channels": dataset.channels,
            "dtype": "uint8",
            "intensity": dataset.intensity.to_dict(),
            **special.pop("input"),
        },
        "ignore_label": dataset.ignore_label,
        # Whether up is like down in these images: what test-time flips may do.
        "turns": recipe.AUGMENTATION.get("turn", False),
    }
    return {**shared, **special}


def _objects(recipe, dataset) -> dict[str, Any]:
    resize = recipe.OBJECTS["resize"]
    magnification = recipe.OBJECTS.get("magnification", 1.0)
    outputs = ("boxes", "scores", "classes", "masks", "count")
    return {
        "task": "instances",
        "input": {"resize": resize, "magnification": magnification},
        "output": {"kind": "instances", **{name: name for name in outputs}},
        "tiling": {"margin": recipe.MARGIN if resize == "tile" else 0, "stride": 1},
        "classes": list(dataset.class_names),
        "palette": [list(colour) for colour in dataset.palette],
        "score_threshold": recipe.SCORE_THRESHOLD,
        "instances": None,
    }


def _label_map(recipe, dataset) -> dict[str, Any]:
    instances = dataset.kind == "instances"
    classes = list(dataset.class_names)
    palette = [list(colour) for colour in dataset.palette]
    if instances:
        # This network tells objects apart, not their classes.
        one = classes[1] if len(classes) == 2 else "object"
        classes = ["background", one, "border"]
        palette = [palette[0], palette[1], [255, 255, 255]]
    size = list(recipe.TILE_SIZE)
    return {
        "task": "semantic",
        "input": {"resize": "tile"},
        "output": {"name": "labels", "kind": "logits", "size": size, "offset": [0, 0]},
        "tiling": {"margin": recipe.MARGIN, "stride": recipe.STRIDE},
        "classes": classes,
        "palette": palette,
        "instances": recipe.INSTANCES if instances else None,
    }
