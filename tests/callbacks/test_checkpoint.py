"""kseg.callbacks.checkpoint: what is written, and dropout that goes on."""

import json

import keras
import numpy as np
import pytest

from kseg.callbacks import Checkpoint, Schedule, WeightAverage, restore_seeds
from kseg.train import run as runs
from kseg.train.schedules import constant


def with_dropout(seed):
    model = keras.Sequential(
        [keras.Input((64,)), keras.layers.Dropout(0.5, seed=seed)], name="drops"
    )
    model.compile("sgd", "mse")
    return model


def checkpoint(model, tmp_path):
    record = {"arguments": {}, "metadata": {}, "split": {"train": [], "val": []}}
    run = runs.open_or_create(tmp_path / "run", record)
    schedule = Schedule(0.1, 1, constant(), epochs=2)
    callback = Checkpoint(run, {"history": []}, schedule, WeightAverage(0.0))
    callback.set_model(model)
    callback.on_epoch_end(1, {"loss": np.float32(0.5)})
    return run.last()


def test_a_checkpoint_says_where_the_training_is(tmp_path):
    _, state, average = checkpoint(with_dropout(1), tmp_path)
    assert state["epoch"] == 2 and average == []
    row = state["history"][0]
    assert (row["epoch"], row["loss"]) == (2, 0.5) and row["seconds"] >= 0


def test_dropout_goes_on_where_the_checkpoint_left_it(tmp_path):
    model = with_dropout(7)
    x = np.ones((1, 64), "float32")
    model(x, training=True)  # some draws before the checkpoint
    path, state, _ = checkpoint(model, tmp_path)
    expected = np.array(model(x, training=True))
    resumed = keras.models.load_model(path)
    restore_seeds(resumed, json.loads(json.dumps(state)))
    np.testing.assert_array_equal(resumed(x, training=True), expected)


def test_a_checkpoint_without_seeds_is_as_before():
    model = with_dropout(7)
    before = keras.ops.convert_to_numpy(model.non_trainable_variables[0])
    restore_seeds(model, {"epoch": 3})
    np.testing.assert_array_equal(model.non_trainable_variables[0], before)


def test_seeds_of_another_network_are_an_error():
    with pytest.raises(ValueError):
        restore_seeds(with_dropout(7), {"seeds": [[0, 1], [0, 2]]})
