"""Training recipes: a module each; its docstring has command, time and score.

A recipe says which network, which targets, which loss and which augmentation;
`kseg.train.loop.train` does the rest. To add one, write a module with a ``RECIPE``, a
`kseg.train.Recipe`, and list it here: `kseg.recipes.unet` and
`kseg.recipes.mask_rcnn_mobile` are the examples. A recipe loads without TensorFlow.
"""

from importlib import import_module
from types import ModuleType

from kseg.train.recipe import Recipe

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


def get(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        ValueError: There is none.
    """
    return _module(name).RECIPE


def about(name: str) -> str:
    """What a person should know of a recipe: command, time, score, departures.

    Raises:
        ValueError: There is none of that name.
    """
    return _module(name).__doc__


def _module(name: str) -> ModuleType:
    if name not in RECIPES:
        raise ValueError(
            f"Expected a network that has a recipe: {', '.join(sorted(RECIPES))}. "
            f"Received: {name!r}. `kseg models` lists them."
        )
    return import_module(RECIPES[name])
