"""A training that is resumed is the same training, bit for bit."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from kseg import recipes
from kseg.train.optimizers import AdamW
from kseg.train.record import _spare
from tests.tiny_recipe import RECIPE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resumed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.train.resumed_runs", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_three_epochs_are_one_and_two(name, found):
    assert found[name] == {"differs": [], "moved": True}


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
