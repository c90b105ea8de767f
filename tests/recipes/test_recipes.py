"""What every recipe must have, for `kseg train` and for those who read it."""

import inspect
import re

import numpy as np
import pytest

from kseg import recipes
from kseg.backbones import BACKBONES
from kseg.data import Augment

NAMES = {
    **{name: tuple for name in ("IMAGE_SIZE", "TILE_SIZE")},
    **{name: int for name in ("BATCH_SIZE", "EPOCHS", "STRIDE", "MULTIPLE", "MARGIN")},
    **{name: float for name in ("LEARNING_RATE", "AVERAGE_MOMENTUM")},
    **{name: dict | None for name in ("INSTANCE_TARGET", "INSTANCES")},
    **{name: str | None for name in ("BACKBONE", "WEIGHTS")},
    "AUGMENTATION": dict,
}
every_recipe = pytest.mark.parametrize("name", recipes.RECIPES)


@every_recipe
def test_the_values_are_there(name):
    recipe = recipes.get(name)
    for constant, kind in NAMES.items():
        assert isinstance(getattr(recipe, constant), kind), constant
    for size in (recipe.IMAGE_SIZE, recipe.TILE_SIZE):
        assert len(size) == 2 and all(isinstance(length, int) for length in size)
        assert all(length % recipe.MULTIPLE == 0 for length in size)
    for constant in ("BATCH_SIZE", "EPOCHS", "STRIDE", "MULTIPLE", "LEARNING_RATE"):
        assert getattr(recipe, constant) > 0
    assert 0 <= recipe.AVERAGE_MOMENTUM < 1
    assert recipe.BACKBONE is None or recipe.BACKBONE in BACKBONES
    assert recipe.WEIGHTS in (None, "imagenet")
    assert (recipe.INSTANCES is None) == (recipe.INSTANCE_TARGET is None)


@every_recipe
def test_tiles_lie_on_the_stride_and_are_more_than_margin(name):
    recipe = recipes.get(name)
    for length in recipe.TILE_SIZE:
        assert length % recipe.STRIDE == 0
        assert 0 <= 2 * recipe.MARGIN < length


@every_recipe
def test_the_rate_never_exceeds_its_peak(name):
    factors = [recipes.get(name).SCHEDULE(share) for share in np.linspace(0, 1, 101)]
    assert max(factors) == pytest.approx(1, abs=0.01) and min(factors) >= 0


@every_recipe
def test_the_augmentation_is_one(name):
    augmentation = recipes.get(name).AUGMENTATION
    config = Augment.off(**augmentation).get_config()
    assert augmentation.items() <= config.items()


@every_recipe
def test_the_functions_take_what_training_gives(name):
    recipe = recipes.get(name)
    options = {"weights": recipe.WEIGHTS}
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
