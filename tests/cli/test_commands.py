"""Every command, from a folder of images to a bundle, as a user types it."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import kseg
from kseg import data, recipes
from kseg.backbones import BACKBONES
from kseg.cli import main
from kseg.errors import RunError
from kseg.models import MODELS

KILLED_EXPORT = """
import os, signal, sys
from kseg import files
from kseg.cli import main
rename = files.os.replace
def replace(a, b):
    if str(b).endswith(".tflite"):
        os.kill(os.getpid(), signal.SIGKILL)
    rename(a, b)
files.os.replace = replace
main(["export", sys.argv[1], "--split", "train"])
"""


pytestmark = pytest.mark.usefixtures("tiny_recipe")


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "tiny"
    main(["train", "tiny", "--data", str(folder), "--out", str(out), "--epochs", "20"])
    return out


@pytest.fixture(scope="module")
def int8(run):
    main(["export", str(run), "--quantize", "int8", "--saved-model"])
    return run / "export" / "tiny-int8.tflite"


def test_train_says_what_it_does(folder, tmp_path, capsys):
    arguments = ["train", "tiny", "--data", str(folder), "--epochs", "1"]
    main([*arguments, "--out", str(tmp_path / "run")])
    said = capsys.readouterr().out
    assert "8 images to train on, 2 to validate on" in said
    assert "epoch 1: loss" in said
    assert "Best validation score" in said


def test_train_from_another_run(folder, run, tmp_path, capsys):
    arguments = ["train", "tiny", "--data", str(folder), "--epochs", "1"]
    main([*arguments, "--out", str(tmp_path / "run"), "--from", str(run)])
    assert "Took the weights of" in capsys.readouterr().out
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["arguments"]["from"] == str(run)


def test_every_other_option_of_train_arrives(folder, tmp_path, monkeypatch):
    given = {}

    def train(recipe, train_set, val_set, path, **options):
        given.update(options, sets=(train_set, val_set))
        raise ValueError("seen")

    monkeypatch.setattr("kseg.train.loop.train", train)
    arguments = ["train", "tiny", "--data", str(folder), "--out", str(tmp_path)]
    arguments += ["--train-split", "val", "--val-split", "train"]
    arguments += ["--format", "dsb2018", "--channels", "1", "--use-channels", "0"]
    arguments += ["--batch-size", "3", "--lr", "0.5", "--minutes", "2", "--seed", "7"]
    with pytest.raises(SystemExit):
        main([*arguments, "--image-size", "32", "64", "--mixed-precision"])
    expected = {"batch_size": 3, "learning_rate": 0.5, "minutes": 2, "seed": 7}
    expected |= {"image_size": (32, 64), "mixed_precision": True, "epochs": None}
    assert {name: given[name] for name in expected} == expected
    assert [len(one) for one in given["sets"]] == [2, 8]
    assert given["sets"][0].intensity.channels == (0,)
    assert given["sets"][0].image(0).shape[2] == 1
    assert given["data"] == {
        "data": str(folder),
        "format": "dsb2018",
        "train_split": "val",
        "val_split": "train",
    }


def test_an_interrupted_training_ends_without_a_traceback(folder, monkeypatch):
    def train(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("kseg.train.loop.train", train)
    with pytest.raises(SystemExit) as status:
        main(["train", "tiny", "--data", str(folder), "--out", "nowhere"])
    assert status.value.code == 130


def test_train_with_a_stated_intensity_rule(folder, tmp_path):
    out = tmp_path / "run"
    arguments = ["train", "tiny", "--data", str(folder), "--epochs", "1"]
    main([*arguments, "--out", str(out), "--intensity", "range:0:100"])
    rule = json.loads((out / "run.json").read_text())["metadata"]["input"]["intensity"]
    assert (rule["rule"], rule["low"], rule["high"]) == ("range", 0.0, 100.0)


def test_skip_bad_goes_on_and_lists(folder, tmp_path, capsys):
    broken = tmp_path / "data"
    for path in folder.glob("*/*"):
        (broken / path.parent.name).mkdir(parents=True, exist_ok=True)
        (broken / path.parent.name / path.name).write_bytes(path.read_bytes())
    first = sorted((broken / "images").iterdir())[0]
    first.write_bytes(first.read_bytes()[:50])
    arguments = ["train", "tiny", "--data", str(broken), "--epochs", "1"]
    with pytest.raises(SystemExit):
        main([*arguments, "--out", str(tmp_path / "a")])
    said = capsys.readouterr().err
    assert first.name in said and "--skip-bad" in said
    main([*arguments, "--out", str(tmp_path / "b"), "--skip-bad"])
    assert f"1 files were left out:\n  {first}" in capsys.readouterr().out


def test_evaluate_writes_scores_and_the_worst_images(folder, run, tmp_path, capsys):
    main(["evaluate", str(run), "--data", str(folder), "--out", str(tmp_path)])
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert f"foreground_iou: {scores['foreground_iou']:.4f}" in capsys.readouterr().out
    names = (folder / "splits" / "val.txt").read_text().split()
    page = (tmp_path / "worst.html").read_text()
    assert all(name in page for name in names)


def test_predict_writes_pictures_masks_and_a_table(folder, run, tmp_path):
    main(["predict", str(run), str(folder / "images"), "--out", str(tmp_path)])
    image = cv2.imread(str(next((folder / "images").iterdir())))
    stem = next((folder / "images").iterdir()).stem
    overlay = cv2.imread(str(tmp_path / f"{stem}_overlay.png"))
    labels = cv2.imread(str(tmp_path / f"{stem}_labels.png"), cv2.IMREAD_UNCHANGED)
    ids = cv2.imread(str(tmp_path / f"{stem}_objects.png"), cv2.IMREAD_UNCHANGED)
    assert overlay.shape == image.shape
    assert labels.shape == ids.shape == image.shape[:2]
    rows = list(csv.DictReader(open(tmp_path / f"{stem}_objects.csv")))
    assert len(rows) == ids.max()
    for number, row in enumerate(rows, start=1):
        assert int(row["area"]) == np.count_nonzero(ids == number)


def test_predict_goes_on_after_a_bad_file(folder, run, tmp_path, capsys):
    photos = tmp_path / "photos"
    photos.mkdir()
    good = next((folder / "images").iterdir())
    (photos / "good.png").write_bytes(good.read_bytes())
    (photos / "text.png").write_text("not a picture")
    arguments = ["predict", str(run), str(photos), "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit):
        main(arguments)
    assert "text.png" in capsys.readouterr().err
    main([*arguments, "--skip-bad"])
    assert "text.png" in capsys.readouterr().out
    assert (tmp_path / "out" / "good_overlay.png").exists()


def test_images_of_one_name_do_not_overwrite_each_other(folder, run, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    image = cv2.imread(str(next((folder / "images").iterdir())))
    for name in ("a.png", "a.jpg", "b.png"):
        cv2.imwrite(str(photos / name), image)
    main(["predict", str(run), str(photos), "--out", str(tmp_path / "out")])
    written = {p.name for p in (tmp_path / "out").glob("*_overlay.png")}
    assert written == {"a.png_overlay.png", "a.jpg_overlay.png", "b_overlay.png"}


def test_instances_need_a_rule(folder, run, tmp_path, capsys):
    best = tmp_path / "alone.keras"  # in its run it has the run's metadata
    best.write_bytes((run / "checkpoints" / "best.keras").read_bytes())
    with pytest.raises(SystemExit):
        main(["evaluate", str(best), "--data", str(folder)])
    assert "no instance rule" in capsys.readouterr().err


def test_the_bundle_predicts_as_the_run_does(folder, run, int8):
    image = data.sample("val").image(0)
    of_run, of_bundle = (kseg.load(p).predict(image).labels for p in (run, int8))
    assert (of_run == of_bundle).mean() > 0.95
    kseg.load(int8).self_check()
    assert (int8.with_suffix("") / "saved_model.pb").exists()


def test_export_at_another_size(run):
    main(["export", str(run), "--size", "64", "96", "--logits"])
    bundle = run / "export" / "tiny-float32-logits.tflite"
    metadata = kseg.load(bundle).metadata
    assert metadata["input"]["size"] == [64, 96]
    assert metadata["output"]["kind"] == "logits"


def test_every_other_option_of_export_arrives(folder, run, monkeypatch):
    given = {}

    def export_run(path, *sets, **options):
        given.update(options, sets=[len(one) for one in sets])

    monkeypatch.setattr("kseg.export.run.export_run", export_run)
    arguments = ["export", str(run), "--calibrate", str(folder), "--split", "val"]
    arguments += ["--check-split", "train", "--format", "dsb2018", "--split-stages"]
    main(arguments)
    assert given["sets"] == [2, 8] and given["split"] is True
    assert given["saved_model"] is False and given["output"] is None


def test_a_run_that_names_no_data_asks_for_some(run, tmp_path, capsys):
    record = json.loads((run / "run.json").read_text())
    del record["arguments"][
        "data"
    ]  # as `kseg.train.loop.train` without ``data`` writes
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(SystemExit):
        main(["export", str(tmp_path)])
    assert "--calibrate" in capsys.readouterr().err


def test_a_killed_export_leaves_the_old_file(folder, run):
    path = run / "export" / "tiny-float32.tflite"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"an old file")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_EXPORT, run], capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert path.read_bytes() == b"an old file"
    main(["export", str(run)])
    kseg.load(path).self_check()


def test_benchmark_prints_a_line_a_file(int8, capsys):
    main(["benchmark", str(int8), str(int8), "--runs", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and all("median" in line and "MB" in line for line in lines)


def test_check_data_lists_and_fails(folder, tmp_path, capsys):
    main(["check-data", str(folder)])
    assert "No problems found" in capsys.readouterr().out
    for part in ("images", "masks"):
        (tmp_path / part).mkdir()
        for path in sorted((folder / part).iterdir())[:2]:
            (tmp_path / part / path.name).write_bytes(path.read_bytes())
    bad = sorted((tmp_path / "images").iterdir())[0]
    bad.write_bytes(b"")
    with pytest.raises(SystemExit) as status:
        main(["check-data", str(tmp_path)])
    assert status.value.code == 1
    assert bad.name in capsys.readouterr().out


def test_models_lists_networks_and_recipes(capsys):
    main(["models"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    named = [row[0] for row in rows if row[0][-1] != ":"]
    expected = [*MODELS, *recipes.RECIPES, *BACKBONES]
    assert [name for name in named if name in expected] == expected
    printed = {row[0]: row[1:3] for row in rows}
    for name, network in MODELS.items():
        assert printed[name] == [f"{network.default_parameters:,}", network.task]
    starred = [row[0] for row in rows if row[1] == "*"]
    assert starred == [
        name for name in recipes.RECIPES if recipes.get(name).backbone is not None
    ]


def test_the_help_needs_no_tensorflow():
    code = "import sys; from kseg.cli import main; main(['--help'])\n"
    code += "print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"


BAD = {
    "an unknown network": (["train", "u-net"], "unet"),
    "no recipe": (["train"], "Expected one recipe"),
    "two recipes": (["train", "tiny", "--recipe", "unet"], "tiny and unet"),
    "a backbone for a paper": (["train", "tiny", "--backbone", "vgg16"], "own network"),
    "things for SegNet": (["train", "--recipe", "unet-mobile-camvid"], "label maps"),
    "a missing folder": (["train", "tiny", "--data", "nowhere"], "nowhere"),
    "imagenet for scratch": (["train", "tiny", "--weights", "imagenet"], "scratch"),
    "an unknown split": (["train", "tiny", "--val-split", "test2"], "test2"),
    "an unknown format": (["train", "tiny", "--format", "pascal"], "pascal"),
    "epochs and minutes": (["train", "tiny", "--epochs", "1", "--minutes", "1"], "not"),
    "no epochs": (["train", "tiny", "--epochs", "0"], "epochs above 0"),
    "a negative rate": (["train", "tiny", "--lr", "-1"], "learning_rate above 0"),
    "an odd size": (["train", "tiny", "--image-size", "63", "64"], "Use 60 or 64"),
    "no channels": (["train", "tiny", "--channels", "0"], "channels=0"),
    "an intensity of words": (["train", "tiny", "--intensity", "a:b"], "a:b"),
    "limits upside down": (["train", "tiny", "--intensity", "range:9:1"], "low < high"),
    "another run's folder": (["train", "tiny", "--out", "RUN"], "epochs: the run has"),
    "weights of nothing": (["train", "tiny", "--from", "nowhere"], "nowhere"),
    "a run that is none": (["evaluate", "FOLDER"], "run.json"),
    "a missing network": (["predict", "nothing.tflite", "FOLDER"], "nothing.tflite"),
    "a text as a bundle": (["predict", "TEXT", "FOLDER"], "not a"),
    "no images": (["predict", "RUN", "EMPTY"], "EMPTY"),
    "no such image": (["predict", "RUN", "photo.png"], "photo.png"),
    "an overlay of opacity 2": (["predict", "RUN", "IMAGES", "--opacity", "2"], "opac"),
    "an unknown precision": (["export", "RUN", "--quantize", "int4"], "int4"),
    "an export of nothing": (["export", "EMPTY"], "run.json"),
    "an odd export size": (["export", "RUN", "--size", "30", "33"], "33"),
    "an export over a folder": (["export", "RUN", "--out", "EMPTY"], "EMPTY"),
    "a SavedModel over its file": (
        ["export", "RUN", "--out", "EMPTY/net", "--saved-model"],
        "NAME.tflite",
    ),
    "no threads": (["benchmark", "INT8", "--threads", "0"], "threads"),
    "a photo as a bundle": (["benchmark", "PHOTO"], "not a"),
    "a check of nothing": (["check-data", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_clear_error(kind, folder, run, int8, tmp_path, capsys):
    arguments, message = BAD[kind]
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "TEXT.tflite").write_text("hello")
    places = {
        "RUN": run,
        "INT8": int8,
        "FOLDER": folder,
        "IMAGES": folder / "images",
        "PHOTO": next((folder / "images").iterdir()),
        "EMPTY": tmp_path / "EMPTY",
        "TEXT": tmp_path / "TEXT.tflite",
    }
    arguments = [str(places.get(argument, argument)) for argument in arguments]
    defaults = {
        "train": ["--data", str(folder), "--out", str(tmp_path / "new")],
        "evaluate": ["--data", str(folder)],
        "predict": ["--out", str(tmp_path / "out")],
    }.get(arguments[0], [])
    for option, value in zip(defaults[::2], defaults[1::2], strict=True):
        if option not in arguments:
            arguments += [option, value]
    with pytest.raises(SystemExit) as status:
        main(arguments)
    said = capsys.readouterr().err
    assert status.value.code == 1
    assert said.startswith("Error: ") and "Traceback" not in said
    assert message in said
    assert not (tmp_path / "new").exists()


def test_a_defect_of_kseg_keeps_its_traceback(monkeypatch):
    def defect(*_, **__):
        raise KeyError("defect")

    monkeypatch.setattr("kseg.predict.timing.time_bundles", defect)
    with pytest.raises(KeyError):
        main(["benchmark", "x.tflite"])


def test_debug_shows_the_traceback(monkeypatch, tmp_path):
    monkeypatch.setenv("KSEG_DEBUG", "1")
    with pytest.raises(RunError):
        main(["export", str(tmp_path)])


def test_python_m_kseg():
    done = subprocess.run(
        [sys.executable, "-m", "kseg", "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
        cwd=Path(kseg.__file__).parents[1],
    )
    assert done.returncode == 0 and "check-data" in done.stdout
