"""kseg.train.record: what a run will do, its network, and that of an older run."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from kseg import data
from kseg.backbones import BACKBONES
from kseg.errors import DataError
from kseg.train import run as runs
from kseg.train.optimizers import AdamW
from kseg.train.record import _spare, build, make_record
from tests.tiny_recipe import RECIPE

VAL = data.sample("val")
FEW = VAL.subset([item.name for item in VAL.items[:2]])
MAPS = replace(FEW, kind="labels")


def test_a_record_has_all_that_a_training_is_told():
    source = {"data": "DIR", "format": None, "train_split": "train", "val_split": "val"}
    record = make_record("unet", VAL, FEW, data=source, seed=3, minutes=1.5)
    assert json.loads(json.dumps(record)).keys() == record.keys()
    arguments = record["arguments"]
    assert source.items() <= arguments.items() and arguments["network"] == "unet"
    assert (arguments["seed"], arguments["minutes"]) == (3, 1.5)
    assert arguments["epochs"] is None and arguments["from"] is None
    assert record["split"]["val"] == [item.name for item in FEW.items]
    assert len(record["split"]["train"]) == 16
    assert record["target"]["target"] == "contact"
    assert record["metadata"]["classes"] == ["background", "nucleus", "border"]
    assert record["backend"] == keras.backend.backend()


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("u-net", {}, "has a recipe"),
        ("unet", {"image_size": (64, 65)}, "Use 64 or 80"),
        ("unet", {"image_size": (2, 64)}, "Use 16 or 32"),
        ("unet", {"backbone": "vgg16"}, "own network"),
        ("unet", {"weights": "imagenet"}, "scratch"),
        ("unet", {"epochs": 1, "minutes": 1}, "not both"),
        ("segnet-camvid", {}, "Expected label maps"),
    ],
)
def test_what_a_recipe_does_not_take(name, options, message):
    with pytest.raises(ValueError, match=message):
        make_record(name, VAL, FEW, **options)


def test_a_data_set_without_images():
    nothing = VAL.subset([])
    with pytest.raises(DataError, match="one validation image"):
        make_record("unet", VAL, nothing)
    with pytest.raises(DataError, match="one training image"):
        make_record("unet", nothing, VAL)


def test_a_recipe_with_another_backbone_and_weights(tmp_path):
    options = {"backbone": "mobilenet_v3_small", "weights": "none"}
    record = make_record("unet-mobile", MAPS, MAPS, image_size=(40, 33), **options)
    assert options.items() <= record["arguments"].items()
    run = runs.open_or_create(tmp_path, record)
    model = build(run, MAPS)[0]
    with keras.StatelessScope(initialize_variables=False):  # names are enough
        image = keras.Input((32, 32, 3))
        small = keras.Model(image, BACKBONES["mobilenet_v3_small"](image))
    names = {layer.name for layer in model.layers}
    assert {layer.name for layer in small.layers if layer.weights} <= names


def plain_model(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(optimizer, "mse")
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    model.train_on_batch(x, x[:, :2])
    return model


def test_an_older_run_spares_again_what_its_file_forgot(tmp_path):
    plain_model(keras.optimizers.AdamW(1e-3)).save(tmp_path / "old.keras")
    model = keras.models.load_model(tmp_path / "old.keras")
    before = [v.numpy() for v in model.optimizer.variables]
    _spare(model, replace(RECIPE, optimizer=AdamW))
    assert isinstance(model.optimizer, AdamW)
    assert model.optimizer.spare == ("bias", "gamma", "beta")
    assert int(model.optimizer.iterations) == 1
    for a, b in zip(model.optimizer.variables, before, strict=True):
        np.testing.assert_array_equal(a, b)
    optimizer = model.optimizer
    _spare(model, replace(RECIPE, optimizer=AdamW))
    assert model.optimizer is optimizer
