"""What a reader of a network has to know, as a run and its bundles carry it."""

from types import ModuleType
from typing import Any

from kseg.data import Dataset


def describe(name: str, recipe: ModuleType, dataset: Dataset) -> dict[str, Any]:
    """The metadata of a network: what a reader of its bundle has to know."""
    instances = dataset.kind == "instances"
    classes = list(dataset.class_names)
    palette = [list(colour) for colour in dataset.palette]
    if instances:
        # This network tells objects apart, not their classes.
        one = classes[1] if len(classes) == 2 else "object"
        classes = ["background", one, "border"]
        palette = [palette[0], palette[1], [255, 255, 255]]
    height, width = recipe.TILE_SIZE
    return {
        "name": name,
        "task": "semantic",
        "input": {
            "name": "image",
            "size": [height, width],
            "channels": dataset.channels,
            "dtype": "uint8",
            "resize": "tile",
            "intensity": dataset.intensity.to_dict(),
        },
        "output": {
            "name": "labels",
            "kind": "logits",
            "size": [height, width],
            "offset": [0, 0],
        },
        "tiling": {"margin": recipe.MARGIN, "stride": recipe.STRIDE},
        "classes": classes,
        "palette": palette,
        "ignore_label": dataset.ignore_label,
        # Whether up is like down in these images: what test-time flips may do.
        "turns": recipe.AUGMENTATION.get("turn", False),
        "instances": recipe.INSTANCES if instances else None,
    }
