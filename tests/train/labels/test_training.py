"""kseg.train.labels.training: what of a recipe a training of label maps takes."""

from dataclasses import replace

from kseg import data, recipes
from kseg.losses import CrossEntropy
from kseg.train import labels
from tests.tiny_recipe import RECIPE

MAPS = replace(data.sample("val"), kind="labels")


def test_metadata_of_tiles():
    found = labels.describe(RECIPE, MAPS, (64, 64))
    assert found["input"] == {"size": [128, 128], "resize": "tile"}
    assert found["output"]["size"] == [128, 128] and found["output"]["offset"] == [0, 0]
    assert found["tiling"] == {"margin": 8, "stride": 4}
    assert found["classes"] == list(MAPS.class_names) and found["instances"] is None
    without = labels.describe(replace(RECIPE, tile_size=None), MAPS, (32, 32))
    assert without["input"]["size"] == [64, 64]  # of the recipe, not of these crops


def test_a_loss_for_what_is_learnt():
    assert isinstance(labels.loss(RECIPE, MAPS), CrossEntropy)
    unet, objects = recipes.get("unet"), data.sample("val")
    dice = [labels.loss(unet, dataset).losses[1] for dataset in (MAPS, objects)]
    assert [loss.classes for loss in dice] == ["present", [1, 2]]


def test_the_network_has_as_many_channels_as_classes():
    model = labels.network(RECIPE, 3, 1, (64, 64), weights=None)
    assert model.output_shape[-1] == 3 and model.input_shape[-1] == 1


def test_large_images_come_several_times():
    few = MAPS.subset([item.name for item in MAPS.items[:2]])  # of 256 x 256
    assert len(labels.repeated(few, {}, (64, 64))) == 2 * 4
    assert len(labels.repeated(few, {}, (256, 256))) == 2
