"""The files of an artefact, and the command that makes them again."""

import json

import pytest

import kseg
from kseg import data
from kseg.export.release.artefact import Images
from kseg.export.release.files import _made_by
from kseg.export.release.table import read_table
from kseg.train.evaluation import evaluate
from kseg.train.images import open_for, source
from kseg.train.run import Run
from tests.export.release.conftest import TINY


@pytest.fixture(scope="module")
def run(published):
    return Run(published / "runs" / "tiny-nuclei")


@pytest.fixture
def nuclei(folder):
    return images(folder, TINY.splits)


def images(folder, splits, option=" --data NUCLEI"):
    sets = [open_for("tiny", folder, split) for split in splits]
    return Images(*sets, source(folder, None, splits), option)


def test_a_row_tells_of_the_file_and_the_command(published):
    lines, start, end = read_table(published / "README.md")
    cells = [line.strip("| ").split(" | ") for line in lines[start:end]]
    for row in cells:
        assert 0 < float(row[5]) <= float(row[4])
        assert row[6] == "TensorFlow Lite 2.16.1"
    made_by = "`python export/tiny_nuclei.py --data NUCLEI`; 8 images, 2 scored"
    assert cells[0][7] == made_by


def test_the_score_is_that_of_the_file(published, folder):
    file = published / "bundles" / "tiny-nuclei-int8.tflite"
    scored = data.open_dataset(folder, split="val")
    scores = evaluate(kseg.load(file), scored).scores
    names = ("objects_50", "foreground_iou")
    expected = ", ".join(f"{name} {scores[name]:.4f}" for name in names)
    assert scores["foreground_iou"] > 0
    lines, _, end = read_table(published / "README.md")
    assert (
        f"| tiny-nuclei | int8 | {file.stat().st_size:,} | {expected} |"
        in (lines[end - 1])
    )


def test_a_run_that_was_told_other_things_is_said_to_be(run, nuclei, folder):
    other = TINY._replace(training={"epochs": 3, "seed": 1, "image_size": (96, 96)})
    assert _made_by(other, run, nuclei) == (
        "`python export/tiny_nuclei.py --data NUCLEI --run RUN` (RUN: image_size "
        "[64, 64], seed 0); 8 images, 2 scored"
    )
    fewer = images(folder, ("two_some", "two_val", "two_val"))
    assert _made_by(TINY, run, fewer).endswith(
        "(RUN: train_split some, val_split val, images of its own); 8 images, 2 scored"
    )


def test_minutes_stand_in_the_command(run, nuclei, tmp_path):
    record = {**run.record, "arguments": {**run.record["arguments"]}}
    record["arguments"] |= {"epochs": None, "minutes": 2.5}
    (tmp_path / "run.json").write_text(json.dumps(record))
    by_clock = TINY._replace(training={"minutes": 30.0})
    assert _made_by(by_clock, Run(tmp_path), nuclei).startswith(
        "`python export/tiny_nuclei.py --data NUCLEI --minutes 2.5`;"
    )
