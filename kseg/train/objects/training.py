"""What `kseg.train` does for networks that find objects.

`kseg.train.labels.training` has the same names for networks that give a label map.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kseg import data

if TYPE_CHECKING:
    from kseg.train.recipe import Recipe

KIND = "instances"  # of data that these learn from
SCORED_EVERY = 0.1  # of the training: objects take longer than label maps

OUTPUTS = ("boxes", "scores", "classes", "masks", "count")


def target(recipe: "Recipe", dataset: data.Dataset) -> dict[str, Any]:
    """What the network learns, as `kseg.data.make_object_pipeline` takes it."""
    return asdict(recipe.objects)


def describe(
    recipe: "Recipe", dataset: data.Dataset, size: tuple[int, int]
) -> dict[str, Any]:
    """What a reader of the network has to know, apart from what all have in common."""
    resize = recipe.objects.resize
    return {
        "input": {
            "size": list(size),
            "resize": resize,
            "magnification": recipe.objects.magnification,
        },
        "output": {"kind": "instances", **{name: name for name in OUTPUTS}},
        "tiling": {"margin": recipe.margin if resize == "tile" else 0, "stride": 1},
        "classes": list(dataset.class_names),
        "palette": [list(colour) for colour in dataset.palette],
        "score_threshold": recipe.score_threshold,
        "instances": None,
    }


def network(recipe: "Recipe", classes: int, channels: int, size, **options):
    """The recipe's network for so many classes, the background among them."""
    return recipe.network(classes - 1, channels, size=tuple(size), **options)


def loss(recipe: "Recipe", dataset: data.Dataset) -> None:
    """What ``model.compile`` takes as the loss: none, for the network has its own."""
    return None


def batches(backend):
    """What makes the batches of training, in a module of `kseg.train.backends`."""
    return backend.object_batches


def repeated(dataset: data.Dataset, learnt: dict[str, Any], size) -> data.Dataset:
    """With large images several times, but where the network sees them whole."""
    if learnt["resize"] == "letterbox":
        return dataset
    factor = learnt.get("magnification", 1.0)
    return data.repeat_large(dataset, tuple(length / factor for length in size))
