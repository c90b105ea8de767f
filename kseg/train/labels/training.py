"""What `kseg.train` does for networks that give a label map.

`kseg.train.objects.training` has the same names for networks that find objects.
"""

from typing import TYPE_CHECKING, Any

from kseg import data
from kseg.train.labels.sides import side_of

if TYPE_CHECKING:
    from kseg.train.recipe import Recipe

KIND = None  # of data that these learn from: any
SCORED_EVERY = 0.05  # of the training


def target(recipe: "Recipe", dataset: data.Dataset) -> dict[str, Any]:
    """What the network learns, as `kseg.data.make_pipeline` takes it.

    Raises:
        ValueError: The recipe cannot learn from such data.
    """
    return side_of(dataset).target(recipe)


def describe(
    recipe: "Recipe", dataset: data.Dataset, size: tuple[int, int]
) -> dict[str, Any]:
    """What a reader of the network has to know, apart from what all have in common."""
    side = side_of(dataset)
    classes, palette = side.classes(dataset)
    tile = list(recipe.tile_size or recipe.image_size)
    return {
        "input": {"size": tile, "resize": "tile"},
        "output": {"name": "labels", "kind": "logits", "size": tile, "offset": [0, 0]},
        "tiling": {"margin": recipe.margin, "stride": recipe.stride},
        "classes": classes,
        "palette": palette,
        "instances": side.rule(recipe),
    }


def network(recipe: "Recipe", classes: int, channels: int, size, **options):
    """The recipe's network for so many classes, the background among them."""
    return recipe.network(classes, channels, **options)


def loss(recipe: "Recipe", dataset: data.Dataset):
    """What ``model.compile`` takes as the loss."""
    return side_of(dataset).loss(recipe)(dataset)


def batches(backend):
    """What makes the batches of training, in a module of `kseg.train.backends`."""
    return backend.label_batches


def repeated(dataset: data.Dataset, learnt: dict[str, Any], size) -> data.Dataset:
    """With large images several times: an epoch has one crop of each."""
    return data.repeat_large(dataset, size)
