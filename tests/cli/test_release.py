"""What the scripts of export/ do, with a network small enough for a test."""

import json

import pytest

import kseg
from kseg import bundle, data
from kseg.cli import artefact, release
from kseg.cli.artefact import Artefact
from kseg.cli.artefact_table import Row, read_table
from kseg.errors import BundleError

TINY = Artefact(
    name="tiny-nuclei",
    recipe="tiny",
    data="NUCLEI",
    splits=("some", "val", "val"),
    scores=("objects_50", "foreground_iou"),
    training={"epochs": 3},
    sample=True,
)
FORMATS = ["float32", "float16", "dynamic", "int8"]


pytestmark = pytest.mark.usefixtures("tiny_recipe")


@pytest.fixture(scope="module")
def folder(folder):
    """With a name of its own for the images to train on, and lists of two."""
    splits = folder / "splits"
    (splits / "train.txt").rename(splits / "some.txt")
    for split in ("some", "val"):
        names = (splits / f"{split}.txt").read_text().splitlines()
        (splits / f"two_{split}.txt").write_text("\n".join(names[:2]))
    return folder


def run_script(out, *options, of=TINY):
    """As ``python OUT/tiny_nuclei.py ...``."""
    release.main(of, str(out / "tiny_nuclei.py"), [str(option) for option in options])


@pytest.fixture(scope="module")
def published(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("export")
    run_script(out, "--data", folder)
    return out


def contents(folder):
    """All of a folder but the run in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return {name: text for name, text in found.items() if name[:5] != "runs/"}


def stub(monkeypatch, error=None):
    """Replace what takes long by four small files, or by an error behind them."""

    def make_files(one, run, images, aside):
        for name in FORMATS:
            (aside / f"{one.name}-{name}.tflite").write_text(f"new {name}")
        if error:
            raise error
        made_by = artefact._made_by(one, run, images)
        return [Row(name, 1, {}, 1.0, 1.0, "", made_by) for name in FORMATS]

    monkeypatch.setattr(release, "make_files", make_files)


def commands(out):
    lines, start, end = read_table(out / "README.md")
    return [line.split(" | ")[-1].rstrip(" |") for line in lines[start:end]]


def test_four_bundles_and_a_row_of_each(published, folder):
    lines, start, end = read_table(published / "README.md")
    cells = [line.strip("| ").split(" | ") for line in lines[start:end]]
    assert [row[:2] for row in cells] == [["tiny-nuclei", name] for name in FORMATS]
    files = [*(published / "bundles" / "formats").glob("*.tflite")]
    files += [published / "bundles" / "tiny-nuclei-int8.tflite"]
    sizes = {bundle.read(f).metadata["quantization"]: f.stat().st_size for f in files}
    assert {row[1]: int(row[2].replace(",", "")) for row in cells} == sizes
    assert {bundle.read(file).metadata["name"] for file in files} == {"tiny-nuclei"}
    for row in cells:
        assert 0 < float(row[5]) <= float(row[4])
        assert row[6] == "TensorFlow Lite 2.16.1"
    made_by = "`python export/tiny_nuclei.py --data NUCLEI`; 8 images, 2 scored"
    assert cells[0][7] == made_by
    assert not [path for path in published.rglob(".*")]


def test_the_score_is_that_of_the_file(published, folder):
    from kseg.train.evaluation import evaluate

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


def test_the_same_command_takes_the_finished_run(
    published, folder, monkeypatch, capsys
):
    stub(monkeypatch, error=KeyboardInterrupt())
    before = contents(published)
    with pytest.raises(SystemExit):
        run_script(published, "--data", folder)
    assert "is complete: 3 epochs" in capsys.readouterr().out
    # Interrupted behind the export: old bundles, old table, nothing beside them.
    assert contents(published) == before


def test_what_a_kill_left_is_cleared_away(published, folder, tmp_path, monkeypatch):
    stub(monkeypatch)
    left = tmp_path / "bundles" / ".tiny-nuclei.x" / "half.tflite"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    run = published / "runs" / "tiny-nuclei"
    run_script(tmp_path, "--data", folder, "--run", run)
    assert not left.parent.exists()
    names = [f"bundles/formats/tiny-nuclei-{name}.tflite" for name in FORMATS[:3]]
    names += ["README.md", "bundles/tiny-nuclei-int8.tflite"]
    assert contents(tmp_path).keys() == set(names)
    # The script would have trained the same.
    assert set(commands(tmp_path)) == {
        "`python export/tiny_nuclei.py --data NUCLEI`; 8 images, 2 scored"
    }


def test_a_run_that_was_told_other_things_is_said_to_be(
    published, folder, tmp_path, monkeypatch
):
    stub(monkeypatch)
    run = published / "runs" / "tiny-nuclei"
    other = TINY._replace(training={"epochs": 3, "seed": 1, "image_size": (96, 96)})
    run_script(tmp_path, "--data", folder, "--run", run, of=other)
    assert commands(tmp_path)[0] == (
        "`python export/tiny_nuclei.py --data NUCLEI --run RUN` (RUN: image_size "
        "[64, 64], seed 0); 8 images, 2 scored"
    )
    fewer = TINY._replace(splits=("two_some", "two_val", "two_val"))
    run_script(tmp_path, "--data", folder, "--run", run, of=fewer)
    assert (
        "(RUN: train_split some, val_split val, images of its own); 8 images"
        in (commands(tmp_path)[0])
    )
    run_script(tmp_path, "--run", run, "--out", tmp_path)  # on those of kseg
    assert commands(tmp_path)[0] == (
        "`python export/tiny_nuclei.py --run RUN` (RUN: train_split some, images of "
        "its own); 8 images, 16 scored"
    )


def test_a_file_that_fails_its_golden_check_replaces_nothing(
    published, folder, monkeypatch, capsys
):
    def self_check(predictor):
        raise BundleError("another label map")

    monkeypatch.setattr(
        "kseg.predict.labels.predictor.Predictor.self_check", self_check
    )
    before = contents(published)
    with pytest.raises(SystemExit):
        run_script(published, "--data", folder)
    assert capsys.readouterr().err == "Error: another label map\n"
    assert contents(published) == before


def test_a_run_that_saw_other_pixels_is_refused(
    published, folder, tmp_path, monkeypatch, capsys
):
    stub(monkeypatch)
    record = json.loads((published / "runs/tiny-nuclei/run.json").read_text())
    rule = {"rule": "range", "low": 0, "high": 100, "channels": None}
    record["metadata"]["input"]["intensity"] = rule
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(SystemExit):
        run_script(tmp_path / "out", "--data", folder, "--run", tmp_path)
    said = capsys.readouterr().err
    assert "saw these images as they are" in said and "high=100" in said
    assert not contents(tmp_path / "out")


def test_minutes_stand_in_the_command(published, folder, tmp_path, monkeypatch):
    stub(monkeypatch)
    run = tmp_path / "run"
    run.mkdir()
    record = json.loads((published / "runs/tiny-nuclei/run.json").read_text())
    record["arguments"] |= {"epochs": None, "minutes": 2.5}
    (run / "run.json").write_text(json.dumps(record))
    by_clock = TINY._replace(training={"minutes": 30.0})
    run_script(tmp_path, "--data", folder, "--run", run, of=by_clock)
    assert commands(tmp_path)[0].startswith(
        "`python export/tiny_nuclei.py --data NUCLEI --minutes 2.5`;"
    )


def test_without_data_the_sample_and_another_folder(tmp_path, monkeypatch):
    stub(monkeypatch)
    seen = {}

    def train(recipe, train_set, val_set, path, **options):
        seen.update(options, path=path, images=(len(train_set), len(val_set)))
        raise KeyboardInterrupt

    monkeypatch.setattr("kseg.train.loop.train", train)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        by_clock = TINY._replace(training={"minutes": 30.0})
        run_script(tmp_path / "export", "--minutes", 0.5, of=by_clock)
    assert str(seen["path"]) == "artefacts/runs/tiny-nuclei"
    assert seen["images"] == (64, 16)
    assert seen["minutes"] == 0.5
    assert seen["data"]["train_split"] == "train"


@pytest.mark.parametrize(
    ("of", "options", "sentence"),
    [
        (TINY._replace(sample=False), [], "--data NUCLEI"),
        (TINY, ["--run", "r", "--minutes", 3], "not both"),
        (TINY, ["--run", "{none}"], "run.json"),
        (TINY._replace(recipe="unet"), ["--run", "{run}"], "of the recipe unet"),
        (
            TINY._replace(splits=("some", "val", "two_some")),
            ["--data", "{folder}", "--run", "{run}"],
            "has seen 2 of them",
        ),
        (TINY, ["--data", "{empty}"], "an empty folder"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    published, folder, tmp_path, monkeypatch, capsys, of, options, sentence
):
    stub(monkeypatch)
    places = {"run": published / "runs/tiny-nuclei", "folder": folder}
    places |= {"none": tmp_path / "none", "empty": tmp_path}
    options = [str(option).format(**places) for option in options]
    with pytest.raises(SystemExit):
        run_script(tmp_path, *options, of=of)
    said = capsys.readouterr().err
    assert said.startswith("Error: ") and sentence in said
    assert not contents(tmp_path)


def test_a_page_without_a_table_is_refused_before_the_training(
    folder, tmp_path, capsys
):
    (tmp_path / "README.md").write_text("another page\n")
    with pytest.raises(SystemExit):
        run_script(tmp_path, "--data", folder)
    assert "one table of artefacts" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
