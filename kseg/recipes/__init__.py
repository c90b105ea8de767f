"""Training recipes: a module each; its docstring has command, time and score.

A recipe says which network, which targets, which loss and which augmentation;
`kseg.train.loop.train` does the rest. To add one, write a module with the names that
`kseg.recipes.unet` has and list it here. A recipe loads without TensorFlow.

``STRIDE`` and ``MARGIN`` are those of the tiles of prediction, ``MULTIPLE`` is what the
sides of a crop must be divisible by, ``AUGMENTATION`` names what `kseg.data.Augment`
varies; ``BACKBONE`` and ``WEIGHTS`` are None where a network has none to choose.

A recipe for a network that finds objects has ``OBJECTS``, what
`kseg.data.make_object_pipeline` is told, and ``SCORE_THRESHOLD``, above which they
are shown, in place of ``TILE_SIZE``, ``STRIDE``, ``INSTANCE_TARGET``, ``INSTANCES`` and
``loss``: its network has one size, and its loss is its own. `kseg.recipes.unet` and
`kseg.recipes.mask_rcnn_nuclei` are the examples.
"""

from importlib import import_module
from types import ModuleType

RECIPES = {
    "fcn8s-voc": "kseg.recipes.fcn8s_voc",
    "bayesian-segnet-camvid": "kseg.recipes.bayesian_segnet_camvid",
    "mask-rcnn-coco": "kseg.recipes.mask_rcnn_coco",
    "mask-rcnn-mobile": "kseg.recipes.mask_rcnn_mobile",
    "mask-rcnn-nuclei": "kseg.recipes.mask_rcnn_nuclei",
    "segnet-camvid": "kseg.recipes.segnet_camvid",
    "segnet-basic-camvid": "kseg.recipes.segnet_basic_camvid",
    "segnet-basic-half-camvid": "kseg.recipes.segnet_basic_half_camvid",
    "unet": "kseg.recipes.unet",
    "unet-mobile": "kseg.recipes.unet_mobile",
    "unet-mobile-camvid": "kseg.recipes.unet_mobile_camvid",
}


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


def finds_objects(recipe: ModuleType) -> bool:
    """Whether a recipe's network gives objects, and not a label map."""
    return hasattr(recipe, "OBJECTS")
