"""What every recipe must have, for `kseg train` and for those who read it."""

import inspect
import re

import numpy as np
import pytest

from kseg import recipes
from kseg.backbones import BACKBONES
from kseg.data import Augment, ObjectAugment, make_object_pipeline

NAMES = {
    "IMAGE_SIZE": tuple,
    **{name: int for name in ("BATCH_SIZE", "EPOCHS", "MULTIPLE", "MARGIN")},
    **{name: float for name in ("LEARNING_RATE", "AVERAGE_MOMENTUM")},
    **{name: str | None for name in ("BACKBONE", "WEIGHTS")},
    "AUGMENTATION": dict,
}
OF_LABEL_MAPS = {
    "TILE_SIZE": tuple,
    "STRIDE": int,
    **{name: dict | None for name in ("INSTANCE_TARGET", "INSTANCES")},
}
OF_OBJECTS = {"OBJECTS": dict, "SCORE_THRESHOLD": float}
every_recipe = pytest.mark.parametrize("name", recipes.RECIPES)


def finds_objects(name):
    return recipes.finds_objects(recipes.get(name))


every_of_label_maps = pytest.mark.parametrize(
    "name", [name for name in recipes.RECIPES if not finds_objects(name)]
)
every_of_objects = pytest.mark.parametrize(
    "name", [name for name in recipes.RECIPES if finds_objects(name)]
)


@every_recipe
def test_the_values_are_there(name):
    recipe = recipes.get(name)
    names = NAMES | (OF_OBJECTS if finds_objects(name) else OF_LABEL_MAPS)
    for constant, kind in names.items():
        assert isinstance(getattr(recipe, constant), kind), constant
    for size in (recipe.IMAGE_SIZE, getattr(recipe, "TILE_SIZE", recipe.IMAGE_SIZE)):
        assert len(size) == 2 and all(isinstance(length, int) for length in size)
        assert all(length % recipe.MULTIPLE == 0 for length in size)
    for constant in ("BATCH_SIZE", "EPOCHS", "MULTIPLE", "LEARNING_RATE"):
        assert getattr(recipe, constant) > 0
    assert 0 <= recipe.AVERAGE_MOMENTUM < 1
    assert recipe.BACKBONE is None or recipe.BACKBONE in BACKBONES
    assert recipe.WEIGHTS in (None, "imagenet")


@every_of_label_maps
def test_tiles_lie_on_the_stride_and_are_more_than_margin(name):
    recipe = recipes.get(name)
    assert recipe.STRIDE > 0
    assert (recipe.INSTANCES is None) == (recipe.INSTANCE_TARGET is None)
    for length in recipe.TILE_SIZE:
        assert length % recipe.STRIDE == 0
        assert 0 <= 2 * recipe.MARGIN < length


@every_of_objects
def test_what_the_pipeline_of_objects_is_told_is_its_own(name):
    recipe = recipes.get(name)
    assert recipe.OBJECTS["resize"] in ("letterbox", "tile")
    assert {"max_instances", "mask_size"} <= recipe.OBJECTS.keys()
    known = inspect.signature(make_object_pipeline).parameters
    assert recipe.OBJECTS.keys() <= known.keys()
    assert 0 <= 2 * recipe.MARGIN < min(recipe.IMAGE_SIZE)
    assert 0 < recipe.SCORE_THRESHOLD < 1


@every_recipe
def test_the_rate_never_exceeds_its_peak(name):
    factors = [recipes.get(name).SCHEDULE(share) for share in np.linspace(0, 1, 101)]
    assert max(factors) == pytest.approx(1, abs=0.01) and min(factors) >= 0


@every_recipe
def test_the_augmentation_is_one(name):
    augmentation = recipes.get(name).AUGMENTATION
    kind = ObjectAugment if finds_objects(name) else Augment
    config = kind.off(**augmentation).get_config()
    assert augmentation.items() <= config.items()


@every_recipe
def test_the_functions_take_what_training_gives(name):
    recipe = recipes.get(name)
    options = {"weights": recipe.WEIGHTS}
    if finds_objects(name):
        options["size"] = recipe.IMAGE_SIZE
    if recipe.BACKBONE is not None:
        options["backbone"] = recipe.BACKBONE
    signature = inspect.signature(recipe.network)
    given = signature.bind(11, 3, **options).arguments
    assert given == {"num_classes": 11, "channels": 3, **options}
    defaults = {
        key: parameter.default
        for key, parameter in signature.parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert defaults == options
    if not finds_objects(name):
        inspect.signature(recipe.loss).bind("dataset")
    inspect.signature(recipe.optimizer).bind()


@every_recipe
def test_a_docstring_has_command_time_and_score(name):
    text = inspect.getdoc(recipes.get(name))
    assert re.search(
        rf"^    Command   kseg train (--recipe )?{name} --data ", text, re.M
    )
    for word in ("Time", "Score"):
        assert re.search(rf"^    {word:10}\S", text, re.M), word
