"""``kseg demo``, with fewer images and a network small enough for a test."""

import csv

import pytest

import kseg
from kseg import data
from kseg.cli import main
from kseg.data.embedded import FOLDER
from kseg.export.flatbuffer.quantize import FORMATS
from kseg.imaging import read_image
from kseg.train import loop as training
from kseg.train.run import Run

pytestmark = pytest.mark.usefixtures("tiny_recipe")


def test_from_images_to_a_report(tmp_path, monkeypatch, capsys):
    sample, train, given = data.sample, training.train, {}

    def few(split):
        found = sample(split)
        return found.subset([item.name for item in found.items[:6]])

    def tiny(recipe, *arguments, minutes, **options):
        given.update(recipe=recipe, minutes=minutes, seed=options["seed"])
        return train("tiny", *arguments, epochs=5, **options)

    monkeypatch.setattr(data, "sample", few)
    monkeypatch.setattr(training, "train", tiny)
    out = tmp_path / "demo"
    main(["demo", "--out", str(out), "--minutes", "1.5", "--seed", "3"])
    assert given == {"recipe": "unet", "minutes": 1.5, "seed": 3}
    run = Run(out / "run")
    assert run.record["arguments"]["data"] == str(FOLDER)
    files = {path.name for path in (out / "run" / "export").iterdir()}
    assert files == {f"tiny-{name}.tflite" for name in FORMATS}
    said = capsys.readouterr().out
    page = (out / "report.html").read_text()
    for name in ("Keras", *FORMATS):
        assert f"   {name:8} foreground IoU" in said and f"<td>{name}</td>" in page
    with open(out / "scores.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 5 * 6 and {row["network"] for row in rows} == {
        *("Keras", *FORMATS)
    }
    height, width, _ = read_image(out / "report.png").shape
    assert width > height
    # What the page says to type next.
    file = out / "run" / "export" / "tiny-int8.tflite"
    assert f"kseg predict {file} {FOLDER}/images" in page
    kseg.load(file).self_check()
