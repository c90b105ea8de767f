"""kseg.train.recipe: fields that exist, and what is filled in."""

from dataclasses import FrozenInstanceError, replace

import pytest

from kseg.train import Recipe
from kseg.train.optimizers import AdamW, CaffeSGD

FIXED = {"image_size": (8, 8), "epochs": 1}


def network(num_classes, channels, *, backbone="own", weights="own"):
    return num_classes, channels, backbone, weights


def test_a_field_that_does_not_exist_is_an_error():
    with pytest.raises(TypeError, match="momentum"):
        Recipe(network=network, momentum=0.9, **FIXED)
    with pytest.raises(TypeError, match="momentum"):
        replace(Recipe(network=network, **FIXED), momentum=0.9)
    with pytest.raises(TypeError, match="image_size"):
        Recipe(network=network, epochs=1)
    with pytest.raises(FrozenInstanceError):
        Recipe(network=network, **FIXED).epochs = 2


def test_the_network_has_the_recipes_weights_and_backbone():
    recipe = Recipe(network=network, **FIXED)
    assert recipe.network(2, 3) == (2, 3, "own", None)
    other = replace(recipe, backbone="vgg16", weights="imagenet")
    assert other.network(2, 3) == (2, 3, "vgg16", "imagenet")
    assert other.network(2, 3, weights=None) == (2, 3, "vgg16", None)
    assert replace(other, backbone="vgga").network(2, 3) == (2, 3, "vgga", "imagenet")


def test_the_optimizer_has_the_recipes_rate():
    recipe = Recipe(network=network, **FIXED)
    assert isinstance(recipe.optimizer(), AdamW)
    faster = replace(recipe, learning_rate=0.25)
    assert float(faster.optimizer().learning_rate) == 0.25
    assert float(faster.optimizer(learning_rate=0.5).learning_rate) == 0.5
    caffe = replace(faster, optimizer=CaffeSGD)
    assert isinstance(caffe.optimizer(), CaffeSGD)
    assert float(caffe.optimizer().learning_rate) == 0.25
