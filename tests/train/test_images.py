"""Data sets as a network is to see them, and the images of a run."""

import json

import pytest

from kseg.errors import RunError
from kseg.train.images import images_of_run, open_for, open_like, source
from tests.nuclei_folder import write_nuclei


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_nuclei(tmp_path_factory.mktemp("nuclei"))


def record(path, metadata, **arguments):
    split = {"train": ["a"], "val": ["b"]}
    content = {"format_version": 1, "metadata": metadata, "arguments": arguments}
    (path / "run.json").write_text(json.dumps(content | {"split": split}))
    return path


def test_a_network_sees_its_own_channels(folder):
    gray = {"input": {"channels": 1}, "task": "semantic"}
    assert open_like(gray, folder, None, "val").image(0).shape[-1] == 1
    assert open_for("unet", folder, "val").channels == 3


def test_a_run_that_names_no_data_asks_for_some(tmp_path):
    run = record(tmp_path, {"input": {"channels": 3}, "task": "semantic"})
    with pytest.raises(RunError, match="Name a data folder: --calibrate"):
        images_of_run(run)


def test_a_run_gives_its_own_images_less_what_it_left_out(folder, tmp_path):
    metadata = {"input": {"channels": 3}, "task": "semantic"}
    run = record(tmp_path, metadata, **source(folder, "dsb2018", ("train", "val")))
    names = [
        [item.name for item in open_for("unet", folder, split).items]
        for split in ("train", "val")
    ]
    content = json.loads((run / "run.json").read_text())
    content["split"] = {"train": names[0][2:5], "val": names[1]}
    (run / "run.json").write_text(json.dumps(content))
    found = images_of_run(run)
    assert [[item.name for item in one.items] for one in found] == [
        names[0][2:5],
        names[1],
    ]


def test_other_images_are_those_of_the_splits(folder, tmp_path):
    run = record(tmp_path, {"input": {"channels": 3}, "task": "semantic"})
    assert list(map(len, images_of_run(run, folder))) == [8, 2]
    assert list(map(len, images_of_run(run, folder, splits=("val", "val")))) == [2, 2]
