"""kseg.train.run_files: what is damaged is named, whatever the damage."""

import json

import keras
import numpy as np
import pytest

import kseg
from kseg.errors import RunError
from kseg.train import run as runs
from kseg.train.run_files import read_network
from tests.train.test_run import Model, record

DEEP = "[" * 100_000
RECORD = {"format_version": 1, "arguments": {}, "metadata": {}}
SPLIT = {"train": [], "val": []}


@pytest.fixture
def run(tmp_path):
    run = runs.open_or_create(tmp_path / "run", record())
    run.save(
        Model("weights"), {"epoch": 1, "seconds": 1.0, "history": []}, [np.ones(2)]
    )
    return run


@pytest.mark.parametrize(
    "text",
    [
        *("", "[1]", "{}", "null", DEEP, '{"format_version": "x"', "\udcff"),
        json.dumps({**RECORD, "split": SPLIT, "format_version": "1"}),
        json.dumps({**RECORD, "split": SPLIT, "arguments": []}),
        json.dumps({**RECORD, "split": SPLIT, "metadata": "unet"}),
        json.dumps({**RECORD, "split": ["train"]}),
        json.dumps({**RECORD, "split": {"train": [], "val": "all"}}),
    ],
    ids=range(12),
)
def test_a_damaged_record(text, run):
    (run.path / "run.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RunError, match="run.json"):
        runs.Run(run.path)
    with pytest.raises(RunError, match="run.json"):
        kseg.load(run.path)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", DEEP, "{}", '{"epoch": "1", "seconds": 1.0, "history": []}'),
        *('{"epoch": 1, "seconds": null, "history": []}', '{"epoch": 1}'),
        *('{"epoch": 1, "seconds": 1, "history": [3]}', '{"epoch": true}'),
    ],
    ids=range(9),
)
def test_a_damaged_state(text, run):
    (run.path / "checkpoints/epoch_000001/state.json").write_text(text)
    for look in (run.last, run.mend):
        with pytest.raises(RunError, match=r"state\.json.*--from"):
            look()


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04", b"numbers"])
def test_a_damaged_average(content, run):
    path = run.path / "checkpoints/epoch_000001/average.npz"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(RunError, match=r"average\.npz.*--from"):
        run.last()


def test_half_of_an_average(run):
    path = run.path / "checkpoints/epoch_000001/average.npz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RunError, match=r"average\.npz"):
        run.last()


def test_a_damaged_network(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    path = tmp_path / "run" / "checkpoints" / "epoch_000001" / "model.keras"
    path.parent.mkdir(parents=True)
    model.save(path)
    assert read_network(path).count_params() == 3
    whole = path.read_bytes()
    for damaged in (whole[:-30], whole[: len(whole) // 2], b"", b"text"):
        path.write_bytes(damaged)
        with pytest.raises(RunError, match=r"model\.keras to be a network.*--from"):
            read_network(path)
