"""What every recipe must have, for `kseg train` and for those who read it."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

from kseg import recipes
from kseg.backbones import BACKBONES
from kseg.data import Augment, ObjectAugment
from kseg.train.sides import SIDES

FOLDER = Path(recipes.__file__).parent
every_recipe = pytest.mark.parametrize("name", recipes.RECIPES)


@every_recipe
def test_the_values_are_in_their_ranges(name):
    recipe = recipes.get(name)
    assert recipe.task in SIDES
    for size in (recipe.image_size, recipe.tile_size or recipe.image_size):
        assert len(size) == 2 and all(isinstance(length, int) for length in size)
        assert all(length % recipe.multiple == 0 for length in size)
        assert all(0 <= 2 * recipe.margin < length for length in size)
    for value in (recipe.batch_size, recipe.epochs, recipe.multiple, recipe.stride):
        assert isinstance(value, int) and value > 0
    assert recipe.learning_rate > 0 and 0 <= recipe.average_momentum < 1
    assert recipe.backbone is None or recipe.backbone in BACKBONES
    assert recipe.weights in (None, "imagenet")
    assert recipe.objects.resize in ("letterbox", "tile")
    assert 0 < recipe.score_threshold < 1


@every_recipe
def test_tiles_lie_on_the_stride(name):
    recipe = recipes.get(name)
    if recipe.task == "semantic":
        size = recipe.tile_size or recipe.image_size
        assert all(length % recipe.stride == 0 for length in size)


@every_recipe
def test_the_rate_never_exceeds_its_peak(name):
    factors = [recipes.get(name).schedule(share) for share in np.linspace(0, 1, 101)]
    assert max(factors) == pytest.approx(1, abs=0.01) and min(factors) >= 0


@every_recipe
def test_the_augmentation_is_one(name):
    recipe = recipes.get(name)
    kind = {"semantic": Augment, "instances": ObjectAugment}[recipe.task]
    config = kind.off(**recipe.augmentation).get_config()
    assert recipe.augmentation.items() <= config.items()


@every_recipe
def test_the_functions_take_what_training_gives(name):
    recipe = recipes.get(name)
    options = {"weights": recipe.weights}
    if recipe.task == "instances":
        options["size"] = recipe.image_size
    if recipe.backbone is not None:
        options["backbone"] = recipe.backbone
    function, own = recipe.network.func, recipe.network.keywords
    given = inspect.signature(function).bind(11, 3, **options).arguments
    assert given == {"num_classes": 11, "channels": 3, **options}
    assert own == {k: v for k, v in options.items() if k != "size"}
    assert (recipe.loss is None) == (recipe.task == "instances")
    for loss in (recipe.loss, recipe.separation and recipe.separation.loss):
        loss is None or inspect.signature(loss).bind("dataset")


@every_recipe
def test_an_optimizer_has_the_recipes_rate_unless_told(name):
    recipe = recipes.get(name)
    rate = float(recipe.optimizer().learning_rate)
    assert rate == pytest.approx(recipe.learning_rate)
    assert float(recipe.optimizer(learning_rate=0.5).learning_rate) == 0.5


@every_recipe
def test_a_docstring_has_command_time_and_score(name):
    text = inspect.cleandoc(recipes.about(name))
    assert re.search(
        rf"^    Command   kseg train (--recipe )?{name} --data ", text, re.M
    )
    for word in ("Time", "Score"):
        assert re.search(rf"^    {word:10}\S", text, re.M), word


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[a-z]*.py")), ids=lambda p: p.stem)
def test_no_recipe_takes_from_the_body_of_another(path):
    imported = [
        f"{node.module}.{name.name}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    ]
    others = [n for n in imported if n.startswith("kseg.recipes")]
    assert others in ([], ["kseg.recipes.get"])


def test_an_unknown_name_is_told_the_known_ones():
    for function in (recipes.get, recipes.about):
        with pytest.raises(ValueError, match="unet-mobile, unet-mobile-camvid"):
            function("u-net")
