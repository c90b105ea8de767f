"""kseg.train.sides: which side a recipe has, and other data refused."""

from dataclasses import replace

import pytest

from kseg import data, recipes
from kseg.train import labels
from kseg.train.labels.sides import SIDES as OF_LABELS
from kseg.train.sides import SIDES, side_for, side_of


def test_both_tasks_and_all_kinds_are_there():
    assert set(SIDES) == {recipes.get(name).task for name in recipes.RECIPES}
    assert set(OF_LABELS) == {"labels", "instances"}


def test_metadata_without_a_task_is_of_label_maps():
    assert side_of({"classes": []}) is labels is side_of({"task": "semantic"})
    assert side_of({"task": "instances"}) is SIDES["instances"]


def test_a_recipe_of_objects_refuses_label_maps():
    objects = data.sample("val")
    maps = replace(objects, kind="labels")
    mask_rcnn, unet = recipes.get("mask-rcnn-mobile"), recipes.get("unet")
    assert side_for(mask_rcnn, objects) is SIDES["instances"]
    assert side_for(unet, objects) is side_for(unet, maps) is labels
    with pytest.raises(ValueError, match="single objects.*label maps"):
        side_for(mask_rcnn, maps)


def test_a_recipe_of_label_maps_alone_refuses_objects():
    segnet, objects = recipes.get("segnet-camvid"), data.sample("val")
    with pytest.raises(ValueError, match="Expected label maps"):
        labels.target(segnet, objects)
    maps = replace(objects, kind="labels")
    assert labels.target(segnet, maps) == {"target": "labels"}
