"""kseg.train.run: what a run folder holds, and what it refuses."""

import json

import numpy as np
import pytest

from kseg.errors import RunError
from kseg.train import run as runs

RECORD = {
    "arguments": {"epochs": 2, "image_size": (32, 32)},
    "split": {"train": ["a", "b"], "val": ["c"]},
    "metadata": {"name": "unet"},
}


class Model:
    """Stands for a network: writes what it is told to."""

    def __init__(self, text):
        self.text = text

    def save(self, path):
        path.write_text(self.text)


def record(**arguments):
    return {**RECORD, "arguments": {**RECORD["arguments"], **arguments}}


def test_the_same_record_opens_the_run_again(tmp_path):
    first = runs.open_or_create(tmp_path / "run", record())
    second = runs.open_or_create(tmp_path / "run", record())
    assert first.record == second.record
    assert second.record["environment"]["python"]


def start(path, metadata=RECORD["metadata"]):
    """A run with a checkpoint."""
    run = runs.open_or_create(path, {**record(), "metadata": metadata})
    run.save(Model("one"), {"epoch": 1, "seconds": 1.0, "history": [{"epoch": 1}]}, [])


def test_a_run_that_never_got_to_a_checkpoint_is_made_again(tmp_path):
    runs.open_or_create(tmp_path, record())
    (tmp_path / "logs").mkdir()
    second = runs.open_or_create(tmp_path, record(epochs=3))
    assert second.record["arguments"]["epochs"] == 3
    assert runs.Run(tmp_path).record == second.record


def test_each_different_argument_is_named(tmp_path):
    start(tmp_path)
    with pytest.raises(RunError, match="epochs: the run has 2, received 3") as error:
        runs.open_or_create(tmp_path, record(epochs=3))
    assert "image_size" not in str(error.value)
    assert f"--from {tmp_path}" in str(error.value)


def test_other_images_are_named(tmp_path):
    start(tmp_path)
    other = {**record(), "split": {"train": ["a", "x", "y"], "val": ["c"]}}
    with pytest.raises(RunError, match="train images: 1 are missing now, 2 are new"):
        runs.open_or_create(tmp_path, other)


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "photo.png").write_bytes(b"")
    with pytest.raises(RunError, match="holds other files"):
        runs.open_or_create(tmp_path, record())
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_hidden_files_are_not_ours_to_remove(tmp_path):
    (tmp_path / ".git").mkdir()
    with pytest.raises(RunError, match="holds other files"):
        runs.open_or_create(tmp_path, record())
    run = tmp_path / "run"
    runs.open_or_create(run, record())
    (run / ".git").mkdir()
    (run / ".run.json.left").mkdir()
    runs.open_or_create(run, record())
    assert sorted(path.name for path in run.iterdir()) == [".git", "run.json"]


def test_other_classes_are_named(tmp_path):
    start(tmp_path, {"classes": ["a", "b"]})
    with pytest.raises(RunError, match="classes: the run has"):
        runs.open_or_create(tmp_path, {**record(), "metadata": {"classes": ["a"]}})


def test_the_newest_complete_checkpoint_is_the_last(tmp_path):
    run = runs.open_or_create(tmp_path, record())
    assert run.last() is None
    for epoch in (1, 2, 10):
        rows = [{"epoch": epoch, "loss": 0.5}]
        state = {"epoch": epoch, "seconds": 1.0, "history": rows}
        run.save(Model(f"weights {epoch}"), state, [np.full(3, epoch), np.zeros(())])
    # What a kill in the middle of a save leaves.
    (tmp_path / "checkpoints" / ".epoch_000011.x").mkdir()
    path, state, average = runs.open_or_create(tmp_path, record()).last()
    assert path.read_text() == "weights 10"
    assert state["epoch"] == 10
    assert [array.tolist() for array in average] == [[10, 10, 10], 0]
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["epoch_000010"]


def test_the_history_has_a_row_per_epoch_and_every_column(tmp_path):
    run = runs.open_or_create(tmp_path, record())
    history = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.4, "val_score": 0.1}]
    run.save(Model(""), {"epoch": 2, "history": history}, [])
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines == ["epoch,loss,val_score", "1,0.5,", "2,0.4,0.1"]


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"format_version": "x"'])
def test_a_damaged_record_is_named(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunError, match="run.json"):
        runs.Run(tmp_path)


def test_a_newer_record_is_refused(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"format_version": 99}))
    with pytest.raises(RunError, match="Install a newer kseg"):
        runs.Run(tmp_path)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="kseg train"):
        runs.Run(tmp_path)


def write_two_checkpoints(path):
    """What a kill between the last checkpoint's rename and the rest leaves."""
    run = runs.open_or_create(path, record())
    rows = [{"epoch": epoch, "loss": 1 / epoch} for epoch in (1, 2)]
    run.save(Model("1"), {"epoch": 1, "seconds": 1.0, "history": rows[:1]}, [])
    history, old = (path / "history.csv").read_text(), path / "checkpoints/epoch_000001"
    kept = {file.name: file.read_bytes() for file in old.iterdir()}
    run.save(Model("2"), {"epoch": 2, "seconds": 2.0, "history": rows}, [])
    whole = (path / "history.csv").read_text()
    (path / "history.csv").write_text(history)
    old.mkdir()
    for name, content in kept.items():
        (old / name).write_bytes(content)
    return whole


def test_opening_does_what_a_kill_behind_the_last_checkpoint_left(tmp_path):
    whole = write_two_checkpoints(tmp_path)
    for folder in (
        ".history.csv.a",
        "checkpoints/.best.keras.b",
        "previews/.epoch_5.c",
    ):
        (tmp_path / folder).mkdir(parents=True)
    run = runs.open_or_create(tmp_path, record())
    assert (tmp_path / "history.csv").read_text() == whole
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["epoch_000002"]
    assert run.last()[0].read_text() == "2"
    assert not list(tmp_path.rglob(".*"))


def test_what_a_kill_before_the_first_record_left_goes(tmp_path):
    (tmp_path / ".run.json.x").mkdir()
    runs.open_or_create(tmp_path, record())
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_run_of_an_older_kseg_lacks_options_that_came_later(tmp_path):
    start(tmp_path)
    options = {"deterministic": False, "mixed_precision": False, "seed": 0}
    assert runs.open_or_create(tmp_path, record(**options)).last()
    with pytest.raises(RunError, match="deterministic: the run has False, received T"):
        runs.open_or_create(tmp_path, record(deterministic=True))
