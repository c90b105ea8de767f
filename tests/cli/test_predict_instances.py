"""``kseg predict`` with a network that gives objects: images, folders, videos."""

import csv
import json

import cv2
import numpy as np
import pytest

from kseg import bundle
from kseg.cli import main
from kseg.predict.video import Video
from tests.predict import corner

HALF = {"rule": "range", "low": 0, "high": 510, "channels": None}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return corner.write(tmp_path_factory.mktemp("corner"))


@pytest.fixture
def photos(tmp_path):
    """a.png and a.jpg, a video of three frames, and a file that is no image."""
    folder = tmp_path / "photos"
    folder.mkdir()
    pixels = np.full((64, 96, 3), 153, np.uint8)
    cv2.imwrite(str(folder / "a.png"), pixels)
    cv2.imwrite(str(folder / "a.jpg"), pixels)
    codec = cv2.VideoWriter_fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(folder / "v.avi"), codec, 8.0, (96, 64))
    for _ in range(3):
        writer.write(pixels)
    writer.release()
    return folder


def test_every_kind_of_file(network, photos, tmp_path, capsys):
    out = tmp_path / "out"
    main(["predict", str(network), str(photos), "--out", str(out)])
    names = {path.name for path in out.iterdir()}
    parts = ("overlay.png", "objects.png", "objects.csv")
    assert names == {
        *(f"{name}_{part}" for name in ("a.png", "a.jpg") for part in parts),
        *("v_overlay.avi", "objects.json"),
    }
    with open(out / "a.png_objects.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["class"], row["score"]) for row in rows] == [
        *[("debris", "0.7500"), ("cell", "0.6000")]
    ]
    found = json.loads((out / "objects.json").read_text())
    assert [image["file_name"] for image in found["images"]] == [
        *("a.jpg", "a.png", "v.avi#1", "v.avi#2", "v.avi#3")
    ]
    assert len(found["annotations"]) == 10
    assert len(list(Video(out / "v_overlay.avi"))) == 3
    said = capsys.readouterr().out
    assert "v.avi: 3 frames" in said and "3 files, 10 objects" in said


def test_several_paths_and_options(network, photos, tmp_path):
    out = tmp_path / "out"
    paths = [str(photos / "a.png"), str(photos / "a.jpg")]
    options = ["--score-threshold", "0.2", "--masks"]
    main(["predict", str(network), *paths, "--out", str(out), *options])
    masks = sorted(path.name for path in (out / "a.png_masks").iterdir())
    assert masks == ["0001.png", "0002.png", "0003.png"]
    # The same places in each of eight views are other places in the image.
    options = ["--score-threshold", "0", "--tta"]
    main(["predict", str(network), *paths, "--out", str(out), *options])
    found = json.loads((out / "objects.json").read_text())["annotations"]
    assert len(found) > 6 and max(entry["score"] for entry in found) < 0.5


def test_bad_files_are_named_or_left_out(network, photos, tmp_path, capsys):
    (photos / "b.png").write_text("not a picture")
    (photos / "w.mp4").write_text("not a video")
    arguments = ["predict", str(network), str(photos), "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit):
        main(arguments)
    assert "b.png" in capsys.readouterr().err
    main([*arguments, "--skip-bad"])
    said = capsys.readouterr().out
    assert "b.png" in said and "w.mp4" in said and "3 files, 10 objects" in said
    assert not list((tmp_path / "out").glob("w*"))


def written(out):
    found = json.loads((out / "objects.json").read_text())
    return [image["file_name"] for image in found["images"]]


def test_what_was_found_before_an_error_is_written(network, photos, tmp_path):
    (photos / "b.png").write_text("not a picture")
    out = tmp_path / "out"
    with pytest.raises(SystemExit):
        main(["predict", str(network), str(photos), "--out", str(out)])
    assert written(out) == ["a.jpg", "a.png"]
    (photos / "b.png").unlink()
    (photos / "w.mp4").write_text("not a video")
    out = tmp_path / "of videos"
    with pytest.raises(SystemExit):
        main(["predict", str(network), str(photos), "--out", str(out)])
    assert written(out)[:3] == ["a.jpg", "a.png", "v.avi#1"]


def test_what_was_found_before_an_interrupt(network, photos, tmp_path, monkeypatch):
    from kseg.predict.objects.predictor import ObjectPredictor

    read = ObjectPredictor.read

    def interrupted(self, path):
        if path.name == "a.png":
            raise KeyboardInterrupt
        return read(self, path)

    monkeypatch.setattr(ObjectPredictor, "read", interrupted)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        main(["predict", str(network), str(photos), "--out", str(tmp_path / "out")])
    assert written(tmp_path / "out") == ["a.jpg"]


def test_an_error_before_anything_leaves_an_older_file(network, photos, tmp_path):
    out = tmp_path / "out"
    arguments = ["predict", str(network), str(photos), "--out", str(out)]
    main(arguments)
    with pytest.raises(SystemExit):
        main([*arguments, "--margin", "4"])
    assert len(written(out)) == 5


def test_files_of_one_name_keep_their_folders(network, photos, tmp_path, monkeypatch):
    other = tmp_path / "more"
    other.mkdir()
    for name in ("a.png", "v.avi"):
        (other / name).write_bytes((photos / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    main(["predict", str(network), "photos", "more", "--out", "out"])
    frames = [f"{folder}/v.avi#{n}" for folder in ("photos", "more") for n in (1, 2, 3)]
    assert written(tmp_path / "out") == [
        *("a.jpg", "photos/a.png", "more/a.png", *frames)
    ]


def test_results_do_not_go_among_the_images(network, photos, monkeypatch, capsys):
    monkeypatch.chdir(photos)
    before = sorted(photos.iterdir())
    for out in (str(photos), ".", "../photos"):
        with pytest.raises(SystemExit):
            main(["predict", str(network), str(photos), "--out", out])
        said = capsys.readouterr().err
        assert "--out" in said and str(photos) in said
    assert sorted(photos.iterdir()) == before


BAD = {
    "samples of detections": (["--samples", "4"], "--samples"),
    "a margin without tiles": (["--margin", "4"], "sees an image whole"),
    "a threshold of 2": (["--score-threshold", "2"], "from 0 to 1"),
}


@pytest.mark.parametrize("kind", BAD)
def test_options_that_do_not_fit(kind, network, photos, tmp_path, capsys):
    options, message = BAD[kind]
    paths = [str(network), str(photos), "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit):
        main(["predict", *paths, *options])
    said = capsys.readouterr().err
    assert said.startswith("Error: ") and message in said


@pytest.fixture(scope="module")
def label_maps(tmp_path_factory):
    import keras

    from kseg.models import UNet

    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("unet")
    size = (None, None, 3)
    model = UNet(3, size, padding="same", base_filters=2, depth=1)
    model.save(folder / "unet.keras")
    return folder / "unet.keras"


def test_a_network_of_label_maps_draws_videos_too(label_maps, photos, tmp_path, capsys):
    out = tmp_path / "out"
    video = str(photos / "v.avi")
    main(["predict", str(label_maps), video, "--out", str(out)])
    assert [path.name for path in out.iterdir()] == ["v_overlay.avi"]
    assert next(iter(Video(out / "v_overlay.avi"))).shape == (64, 96, 3)
    for options in (["--score-threshold", "0.5"], ["--masks"]):
        with pytest.raises(SystemExit):
            main(["predict", str(label_maps), video, "--out", str(out), *options])
        assert options[0] in capsys.readouterr().err


def test_frames_go_through_the_rule_of_the_network_as_images_do(
    network, photos, tmp_path
):
    content, half = bundle.read(network), tmp_path / "half.tflite"
    taken = content.metadata["input"] | {"intensity": HALF}
    metadata = content.metadata | {"input": taken}
    bundle.write(half, content.flatbuffer, metadata, content.golden)
    paths = [str(photos / "a.png"), str(photos / "v.avi")]
    options = ["--score-threshold", "0.28"]
    main(["predict", str(half), *paths, "--out", str(tmp_path / "out"), *options])
    found = json.loads((tmp_path / "out" / "objects.json").read_text())["annotations"]
    # The gray of 153 is taken for 76.
    gray = [entry["score"] for entry in found if entry["category_id"] == 1]
    assert gray == pytest.approx([76 / 255] * 4, abs=0.01)
