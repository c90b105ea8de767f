"""From images, or a run, to bundles and a table; all of it, or nothing."""

import json

import pytest

from kseg import bundle
from kseg.errors import BundleError, DataError, RunError
from kseg.export.release import release as module
from kseg.export.release.release import release
from kseg.export.release.table import Row, read_table
from tests.export.release.conftest import FORMATS, TINY, contents


def stub(monkeypatch, error=None):
    """Replace what takes long by four small files, or by an error behind them."""

    def make_files(one, run, images, aside, say, progress):
        for name in FORMATS:
            (aside / f"{one.name}-{name}.tflite").write_text(f"new {name}")
        if error:
            raise error
        return [Row(name, 1, {}, 1.0, 1.0, "", "") for name in FORMATS]

    monkeypatch.setattr(module, "make_files", make_files)


def test_four_bundles_and_a_row_of_each(published, folder):
    lines, start, end = read_table(published / "README.md")
    cells = [line.strip("| ").split(" | ") for line in lines[start:end]]
    assert [row[:2] for row in cells] == [["tiny-nuclei", name] for name in FORMATS]
    files = [*(published / "bundles" / "formats").glob("*.tflite")]
    files += [published / "bundles" / "tiny-nuclei-int8.tflite"]
    sizes = {bundle.read(f).metadata["quantization"]: f.stat().st_size for f in files}
    assert {row[1]: int(row[2].replace(",", "")) for row in cells} == sizes
    assert {bundle.read(file).metadata["name"] for file in files} == {"tiny-nuclei"}
    assert not [path for path in published.rglob(".*")]


def test_the_same_call_takes_the_finished_run(published, folder, monkeypatch):
    stub(monkeypatch, error=KeyboardInterrupt())
    before, said = contents(published), []
    with pytest.raises(KeyboardInterrupt):
        release(TINY, published, data=folder, say=said.append)
    assert any("is complete: 3 epochs" in line for line in said)
    # Interrupted behind the export: old bundles, old table, nothing beside them.
    assert contents(published) == before


def test_what_a_kill_left_is_cleared_away(published, folder, tmp_path, monkeypatch):
    stub(monkeypatch)
    left = tmp_path / "bundles" / ".tiny-nuclei.x" / "half.tflite"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    said = []
    run = published / "runs" / "tiny-nuclei"
    release(TINY, tmp_path, data=folder, run=run, say=said.append)
    assert not left.parent.exists()
    names = [f"bundles/formats/tiny-nuclei-{name}.tflite" for name in FORMATS[:3]]
    names += ["README.md", "bundles/tiny-nuclei-int8.tflite"]
    assert contents(tmp_path).keys() == set(names)
    assert len([line for line in said if line.startswith("| tiny-nuclei | ")]) == 4


def test_a_file_that_fails_its_golden_check_replaces_nothing(
    published, folder, monkeypatch
):
    def self_check(predictor):
        raise BundleError("another label map")

    monkeypatch.setattr(
        "kseg.predict.labels.predictor.Predictor.self_check", self_check
    )
    before = contents(published)
    with pytest.raises(BundleError, match="another label map"):
        release(TINY, published, data=folder)
    assert contents(published) == before


def test_a_run_that_saw_other_pixels_is_refused(
    published, folder, tmp_path, monkeypatch
):
    stub(monkeypatch)
    record = json.loads((published / "runs/tiny-nuclei/run.json").read_text())
    rule = {"rule": "range", "low": 0, "high": 100, "channels": None}
    record["metadata"]["input"]["intensity"] = rule
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(RunError, match="saw these images as they are.*high=100"):
        release(TINY, tmp_path / "out", data=folder, run=tmp_path)
    assert not contents(tmp_path / "out")


def test_minutes_and_the_images_of_kseg_arrive_at_the_training(tmp_path, monkeypatch):
    stub(monkeypatch)
    seen = {}

    def train(recipe, train_set, val_set, path, **options):
        seen.update(options, path=path, images=(len(train_set), len(val_set)))
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "train", train)
    with pytest.raises(KeyboardInterrupt):
        by_clock = TINY._replace(training={"minutes": 30.0})
        release(by_clock, tmp_path, minutes=0.5)
    assert seen["path"] == tmp_path / "runs" / "tiny-nuclei"
    assert seen["images"] == (64, 16)
    assert seen["minutes"] == 0.5
    assert seen["data"]["train_split"] == "train"


@pytest.mark.parametrize(
    ("of", "options", "error", "sentence"),
    [
        (TINY._replace(sample=False), {}, ValueError, "--data NUCLEI"),
        (TINY, {"run": "r", "minutes": 3}, ValueError, "not both"),
        (TINY, {"run": "{none}"}, RunError, "run.json"),
        (TINY._replace(recipe="unet"), {"run": "{run}"}, RunError, "the recipe unet"),
        (
            TINY._replace(splits=("some", "val", "two_some")),
            {"data": "{folder}", "run": "{run}"},
            RunError,
            "has seen 2 of them",
        ),
        (TINY, {"data": "{empty}"}, DataError, "an empty folder"),
    ],
)
def test_what_cannot_be(
    published, folder, tmp_path, monkeypatch, of, options, error, sentence
):
    stub(monkeypatch)
    places = {"run": published / "runs/tiny-nuclei", "folder": folder}
    places |= {"none": tmp_path / "none", "empty": tmp_path}
    options = {
        name: value.format(**places) if isinstance(value, str) else value
        for name, value in options.items()
    }
    with pytest.raises(error, match=sentence):
        release(of, tmp_path, **options)
    assert not contents(tmp_path)


def test_a_page_without_a_table_is_refused_before_the_training(folder, tmp_path):
    (tmp_path / "README.md").write_text("another page\n")
    with pytest.raises(ValueError, match="one table of artefacts"):
        release(TINY, tmp_path, data=folder)
    assert not (tmp_path / "runs").exists()
