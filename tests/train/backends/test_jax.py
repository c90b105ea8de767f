"""kseg.train.backends.jax, without TensorFlow: it learns, is killed and goes on.

Two processes on JAX: one trains without interruption, and then is killed in another
run; the second resumes that one. Here, on TensorFlow, that run is exported.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import kseg
import kseg.models  # the layers that a .keras file of a network names
from kseg import data, recipes
from kseg.backbones import BACKBONES
from kseg.cli import main
from kseg.errors import RunError
from kseg.imaging import write_png
from kseg.train import run as runs

ROOT = Path(__file__).resolve().parents[3]

TRAIN = """
import tests.no_tensorflow
import os, signal, sys
from pathlib import Path

from kseg import callbacks, recipes
from kseg.cli import main

recipes.RECIPES["tiny"] = "tests.tiny_jax_recipe"
recipes.RECIPES["objects"] = "tests.tiny_object_recipe"
folder = Path(sys.argv[1])


def train(name, *options, data="data", recipe="tiny"):
    arguments = ["train", recipe, "--data", str(folder / data)]
    main([*arguments, "--out", str(folder / name), *options])
"""

STRAIGHT = (
    TRAIN
    + """
train("straight")


def kill(self, batch, logs=None):
    if self.model.optimizer.iterations == 2 * self.params["steps"] + 1:
        os.kill(os.getpid(), signal.SIGKILL)


callbacks.StopOnNaN.on_train_batch_end = kill
train("killed")
"""
)

RESUMED = (
    TRAIN
    + """
import keras
import numpy as np

from kseg import data
from kseg.train import run as runs
from kseg.train.record import build, make_record

train("killed")
model = keras.models.load_model(folder / "killed/checkpoints/best.keras")
sets = [data.open_dataset(folder / "data", split=name) for name in ("train", "val")]
image = sets[1].image(0)
np.save(folder / "logits.npy", model.predict(image[None], verbose=0)[0])
train("killed")

# The start of a run with a backbone and its embedded weights.
record = make_record("unet-mobile-camvid", *sets)
run = runs.open_or_create(folder / "mobile", record)
model, *_ = build(run, sets[0])
np.savez(folder / "mobile.npz", *model.get_weights())

options = ["--format", "dsb2018", "--epochs", "1", "--deterministic"]
train("objects", *options, data="objects-data", recipe="objects")
main(["evaluate", str(folder / "killed"), "--data", str(folder / "data")])
assert "tensorflow" not in sys.modules
"""
)


def write_data(folder):
    """Four images to learn from and two to score on: what is bright is class 1."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 4), ("val", 2)):
        for i in range(count):
            bright = np.kron(rng.integers(0, 2, (5, 7)), np.ones((4, 4))) > 0
            image = np.where(bright, 200, 50)[..., None] + rng.integers(0, 40, (3,))
            labels = bright.astype(np.uint8)
            labels[0] = 255
            for part, pixels in (("images", image), ("labels", labels)):
                path = folder / part / split / f"{i}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                write_png(path, pixels.astype(np.uint8))
    (folder / "classes.txt").write_text("dark\nbright\n", "utf-8")


def write_objects(folder):
    """Four images to learn from and two to score on: squares, and their ids."""
    rng = np.random.default_rng(1)
    for split, count in (("train", 4), ("val", 2)):
        for i in range(count):
            ids = np.zeros((32, 48), np.uint16)
            for number, (y, x) in enumerate(rng.integers(0, 22, (3, 2)), 1):
                ids[y : y + 9, x : x + 9] = number
            image = np.where(ids > 0, 200, 50)[..., None] + rng.integers(0, 40, (3,))
            for part, pixels in (("images", image.astype(np.uint8)), ("masks", ids)):
                write_png(folder / part / f"{split}{i}.png", pixels)
    for split, count in (("train", 4), ("val", 2)):
        (folder / "splits").mkdir(exist_ok=True)
        names = "".join(f"{split}{i}\n" for i in range(count))
        (folder / "splits" / f"{split}.txt").write_text(names, "utf-8")


def run_jax(code, folder):
    environment = {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
        # The three trainings are of one network: it is compiled once.
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    return subprocess.run(
        [sys.executable, "-c", code, folder],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of both runs, and what the resuming process printed."""
    folder = tmp_path_factory.mktemp("jax")
    write_data(folder / "data")
    write_objects(folder / "objects-data")
    killed = run_jax(STRAIGHT, folder)
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    resumed = run_jax(RESUMED, folder)
    assert resumed.returncode == 0, resumed.stderr[-2000:]
    return folder, resumed.stdout


def history(folder, name):
    return runs.Run(folder / name).last()[1]["history"]


def test_it_learns(trained):
    rows = history(trained[0], "straight")
    assert len(rows) == 20 and rows[-1]["loss"] < 0.5 * rows[0]["loss"]
    assert rows[-1]["val_mean_iou"] > 0.9


def test_a_killed_run_goes_on_as_if_it_had_not_been(trained):
    folder, said = trained
    assert "Resuming" in said and "after epoch 2" in said
    rows, expected = history(folder, "killed"), history(folder, "straight")
    for name in ("loss", "learning_rate", "val_mean_iou"):
        np.testing.assert_allclose(
            [row.get(name) or 0 for row in rows],
            [row.get(name) or 0 for row in expected],
            rtol=1e-4,
        )


def test_each_step_has_its_own_rate(trained):
    """Poly: with 2 steps an epoch the last of epoch e is at (2 e + 1) / 40."""
    rates = [row["learning_rate"] for row in history(trained[0], "straight")]
    expected = [0.05 * (1 - (2 * epoch + 1) / 40) ** 0.9 for epoch in range(20)]
    np.testing.assert_allclose(rates, expected, rtol=1e-5)


def test_a_complete_run_is_left_alone(trained):
    assert "killed is complete: 20 epochs" in trained[1]


def test_the_run_comes_back_to_tensorflow(trained):
    folder, _ = trained
    run = runs.Run(folder / "killed")
    image = kseg.data.open_dataset(folder / "data", split="val").image(0)
    model = keras.models.load_model(run.best, compile=False)
    expected = np.load(folder / "logits.npy")
    found = model.predict(image[None], verbose=0)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    labels = kseg.load(run.path).predict(image).labels
    assert labels.shape == image.shape[:2]
    assert (labels == (image[..., 0] > 128)).mean() > 0.9


@pytest.fixture
def tiny_recipe(monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "tiny", "tests.tiny_recipe")


def test_the_record_is_that_of_kseg_train(trained, tiny_recipe, tmp_path):
    """Which has what `kseg export` and `kseg train` itself read of a run."""
    folder, _ = trained
    options = ["--data", folder / "data", "--epochs", 1, "--image-size", 16, 24]
    main(["train", "tiny", *map(str, options), "--out", str(tmp_path / "run")])
    expected = runs.Run(tmp_path / "run").record
    found = runs.Run(folder / "killed").record
    assert found.keys() == expected.keys()
    assert found["arguments"].keys() == expected["arguments"].keys()
    for key in ("data", "format", "train_split", "val_split", "intensity", "channels"):
        assert found["arguments"][key] == expected["arguments"][key]
    for key in ("split", "target"):
        assert found[key] == expected[key]
    assert found["metadata"].keys() == expected["metadata"].keys()


@pytest.mark.parametrize("quantize", ["float32", "int8"])
def test_the_run_is_exported(quantize, trained):
    """float32 with the run's own data, int8 with others."""
    folder, _ = trained
    run = runs.Run(folder / "killed")
    options = [] if quantize == "float32" else ["--calibrate", str(folder / "data")]
    main(["export", str(run.path), "--quantize", quantize, *options])
    image = data.open_dataset(folder / "data", split="val").image(0)
    found = kseg.load(run.path / "export" / f"tiny-{quantize}.tflite").predict(image)
    expected = kseg.load(run.path).predict(image)
    assert (found.labels == expected.labels).mean() > 0.99


def test_a_backbone_starts_with_its_weights(trained):
    with np.load(trained[0] / "mobile.npz") as file:
        found = [file[f"arr_{i}"] for i in range(len(file))]
    model = recipes.get("unet-mobile-camvid").network(2, 3)
    image = model.get_layer("image").output
    backbone = BACKBONES["efficientnet_lite0"](image)
    names = {layer.name for layer in keras.Model(image, backbone).layers}
    assert [array.shape for array in found] == [w.shape for w in model.weights]
    for array, weight in zip(found, model.weights, strict=True):
        if weight.path.split("/")[0] in names:
            np.testing.assert_array_equal(array, weight)


def test_it_is_scored_there(trained):
    best = runs.Run(trained[0] / "killed").last()[1]["best_score"]
    assert f"mean_iou: {best:.4f}" in trained[1]


def test_objects_are_learnt_too(trained):
    run = runs.Run(trained[0] / "objects")
    (row,) = run.last()[1]["history"]
    assert np.isfinite(row["loss"]) and 0 <= row["val_score"] <= 1
    assert {"L_rpn_cls", "L_mask"} <= row.keys()
    image = data.open_dataset(trained[0] / "objects-data", split="val").image(0)
    detections = kseg.load(run.path).predict(image, score_threshold=0.0)
    assert detections.size == image.shape[:2]


def test_the_run_is_not_resumed_on_tensorflow(trained, monkeypatch):
    """Whose crops are others."""
    folder, _ = trained
    monkeypatch.setitem(recipes.RECIPES, "tiny", "tests.tiny_jax_recipe")
    before = history(folder, "straight")
    with pytest.raises(SystemExit):
        main(
            ["train", "tiny", "--data", str(folder / "data")]
            + ["--out", str(folder / "straight")]
        )
    assert history(folder, "straight") == before
    with pytest.raises(RunError, match="backend: the run has jax, received tensorflow"):
        record = runs.Run(folder / "straight").record
        runs.open_or_create(folder / "straight", {**record, "backend": "tensorflow"})
