"""kseg.train.loop: a run that is killed goes on as if it had not been."""

import json
import os
import shutil
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest

import kseg
from kseg import data, recipes
from kseg.checkpoints.weights import take_weights
from kseg.errors import RunError
from kseg.imaging import write_png
from kseg.models.unet import margin
from kseg.train import loop as training
from kseg.train import run as runs
from kseg.train.evaluation import evaluate
from kseg.train.record import make_record

SCRIPT = """
import os, signal, sys
from kseg import callbacks, files
from tests.train.test_loop import run_tiny

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "in an epoch":
    def on_batch(self, batch, logs=None):
        if self.model.optimizer.iterations == self.params["steps"] + 2:
            kill()
    callbacks.StopOnNaN.on_train_batch_end = on_batch
else:  # while the checkpoint of epoch 2 is written
    rename = files.os.replace
    files.os.replace = lambda a, b: kill() if "epoch_000002" in str(b) else rename(a, b)
run_tiny(sys.argv[1])
"""


def tiny_sets():
    train, val = data.sample("train"), data.sample("val")
    return (
        train.subset([item.name for item in train.items[:8]]),
        val.subset([item.name for item in val.items[:2]]),
    )


def run_tiny(out, **options):
    recipes.RECIPES["tiny"] = "tests.tiny_recipe"
    try:
        options = {"say": lambda line: None, **options}
        return training.train("tiny", *tiny_sets(), out, **options)
    finally:
        del recipes.RECIPES["tiny"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing interrupted."""
    return run_tiny(tmp_path_factory.mktemp("runs") / "whole")


def test_a_run_learns_and_keeps_what_the_docs_list(whole):
    state = whole.last()[1]
    losses = [row["loss"] for row in state["history"]]
    assert len(losses) == 3 and losses[-1] < losses[0]
    assert state["best_score"] == max(row["val_score"] for row in state["history"])
    names = {path.name for path in whole.path.iterdir()}
    assert names >= {"run.json", "history.csv", "checkpoints", "logs"}
    assert whole.best.exists()


@pytest.mark.parametrize("moment", ["in an epoch", "in a checkpoint"])
def test_a_killed_run_goes_on_as_if_it_had_not_been(moment, whole, tmp_path):
    out = tmp_path / "run"
    killed = subprocess.run(
        [sys.executable, "-c", SCRIPT, out, moment], capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    said = []
    run = run_tiny(out, say=said.append)
    assert f"Resuming {out} after epoch 1" in said
    state, expected = run.last()[1], whole.last()[1]
    assert len(state["history"]) == 3
    np.testing.assert_allclose(
        [row["loss"] for row in state["history"]],
        [row["loss"] for row in expected["history"]],
        rtol=1e-3,
    )
    assert state["best_epoch"] == expected["best_epoch"]
    resumed = keras.models.load_model(run.last()[0])
    straight = keras.models.load_model(whole.last()[0])
    for a, b in zip(resumed.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-2, atol=1e-3)
    assert not [p for p in os.listdir(run.path / "checkpoints") if p[0] == "."]


def test_the_default_margin_keeps_the_labels(whole):
    """docs/prediction.md: 99.9 % of the labels of the exact margin."""
    predictor = kseg.load(whole.path)
    image = np.tile(data.sample("val").image(0), (2, 2, 1))[:300, :340]
    exact = predictor.predict(image, margin=margin(2, "same")).labels
    found = predictor.predict(image, margin=predictor.metadata["tiling"]["margin"])
    assert 0.999 <= (found.labels == exact).mean()


def test_a_complete_run_is_left_alone(whole):
    said = []
    before = whole.best.stat().st_mtime_ns
    run_tiny(whole.path, say=said.append)
    assert said[-1].endswith("is complete: 3 epochs")
    assert whole.best.stat().st_mtime_ns == before


def test_a_run_of_an_older_kseg_is_opened(whole, tmp_path):
    """Which had no option to be deterministic, and said nothing of the backend."""
    shutil.copytree(whole.path, tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    del record["backend"], record["arguments"]["deterministic"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(record), "utf-8")
    said = []
    run_tiny(tmp_path / "run", say=said.append)
    assert said[-1].endswith("is complete: 3 epochs")


def test_weights_of_another_run_and_other_classes(whole):
    model = recipes_network(classes=5)
    lines = take_weights(model, training.open_weights(whole.path))
    assert lines[1:] and all("score" in line for line in lines[1:])
    best = keras.models.load_model(whole.best, compile=False)
    name = "bottom_conv1"
    np.testing.assert_array_equal(
        model.get_layer(name).get_weights()[0], best.get_layer(name).get_weights()[0]
    )


def test_weights_that_do_not_fit_are_an_error(tmp_path):
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="x")])
    with pytest.raises(ValueError, match="no layer fits"):
        take_weights(recipes_network(2), other)
    with pytest.raises(RunError, match="missing.keras"):
        training.open_weights(tmp_path / "missing.keras")


def recipes_network(classes):
    from tests.tiny_recipe import RECIPE

    return RECIPE.network(classes, 3)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"epochs": 1, "minutes": 1}, "not both"),
        ({"epochs": 0}, "epochs above 0"),
        ({"minutes": -1}, "minutes above 0"),
        ({"learning_rate": 0}, "learning_rate above 0"),
        ({"batch_size": -2}, "batch_size above 0"),
        ({"image_size": (64, 65)}, "Use 64 or 68"),
        ({"image_size": (2, 64)}, "Use 4 or 8"),
    ],
)
def test_bad_arguments_make_no_folder(options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        run_tiny(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_an_unknown_network_names_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="unet"):
        training.train("u-net", *tiny_sets(), tmp_path / "run")


def test_memory_that_runs_out_ends_with_advice():
    arguments = {"batch_size": 8, "image_size": [64, 64]}
    with pytest.raises(RunError, match="--batch-size 4"):
        training._explain(MemoryError(), arguments)


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    """A folder of label maps: two classes by grey value, a third that is absent."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("blocks")
    for i in range(10):
        labels = np.kron(rng.integers(0, 2, (6, 7)), np.ones((16, 16), int))
        image = (60 + 120 * labels + rng.integers(0, 20, labels.shape)).astype(np.uint8)
        labels[:2] = 255
        write_png(folder / "images" / f"{i}.png", image)
        write_png(folder / "masks" / f"{i}.png", labels.astype(np.uint8))
    (folder / "classes.txt").write_text("ground\nblock\nnothing\n")
    return [data.open_dataset(folder, split=part) for part in ("train", "val")]


def test_label_maps_train_without_objects(blocks, tmp_path):
    train, val = blocks
    recipes.RECIPES["tiny"] = "tests.tiny_recipe"
    try:
        run = training.train(
            "tiny", train, val, tmp_path / "run", epochs=20, say=lambda line: None
        )
    finally:
        del recipes.RECIPES["tiny"]
    assert run.record["metadata"]["instances"] is None
    predictor = kseg.load(run.path)
    result = evaluate(predictor, val)
    assert result.scores["mean_iou"] > 0.8
    assert np.isnan(result.scores["iou"][2])
    assert len(result.rows) == len(val) == 2
    assert predictor.predict(val.image(0)).instances is None


def test_a_start_that_fails_is_no_run_to_resume(tmp_path):
    """As without a network to download from."""
    with pytest.raises(ValueError, match="nowhere.keras"):
        run_tiny(tmp_path / "run", weights="nowhere.keras")
    assert runs.Run(tmp_path / "run").record["arguments"]["weights"] == "nowhere.keras"
    record = make_record("unet", *tiny_sets(), weights="none")
    run = runs.open_or_create(tmp_path / "run", record)
    assert run.record["arguments"]["weights"] == "none"
