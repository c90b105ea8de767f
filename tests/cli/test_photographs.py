"""The commands with photographs of coco128, fitted into the input of the network."""

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from kseg.cli import main

pytestmark = pytest.mark.data
PEOPLE = 1  # COCO's category


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Three photographs with people to learn from and two others, in COCO's layout."""
    if "KSEG_DATA" not in os.environ:
        pytest.skip("KSEG_DATA is not set")
    source = Path(os.environ["KSEG_DATA"]) / "coco128"
    known = json.loads((source / "annotations" / "instances.json").read_text())
    people = [a for a in known["annotations"] if a["category_id"] == PEOPLE]
    with_people = {a["image_id"] for a in people}
    images = [image for image in known["images"] if image["id"] in with_people]
    folder = tmp_path_factory.mktemp("photos")
    (folder / "annotations").mkdir()
    for split, part in {"train": images[:3], "val": images[3:5]}.items():
        (folder / split).mkdir()
        for image in part:
            shutil.copy(source / "images" / image["file_name"], folder / split)
        numbers = {image["id"] for image in part}
        content = {
            "images": part,
            "annotations": [a for a in people if a["image_id"] in numbers],
            "categories": [{"id": PEOPLE, "name": "person"}],
        }
        path = folder / "annotations" / f"instances_{split}.json"
        path.write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def run(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    options = ["--epochs", "1", "--batch-size", "3", "--image-size", "96", "128"]
    data = ["--data", str(photos), "--out", str(out)]
    main(["train", "mask-rcnn-mobile", *data, *options])
    return out


def boxes(network, photos, out):
    """Of each photograph its name and boxes (x, y, width, height), the best first."""
    options = ["--out", str(out), "--score-threshold", "0"]
    main(["predict", str(network), str(photos / "val"), *options])
    content = json.loads((out / "objects.json").read_text())
    return {
        image["file_name"]: np.array(
            [a["bbox"] for a in content["annotations"] if a["image_id"] == image["id"]]
        )
        for image in content["images"]
    }


def test_boxes_are_in_pixels_of_the_photographs(run, photos, tmp_path):
    main(["export", str(run), "--quantize", "float32"])
    (bundle,) = (run / "export").glob("*.tflite")
    expected = boxes(run, photos, tmp_path / "keras")
    found = boxes(bundle, photos, tmp_path / "tflite")
    assert len(expected) == 2 and expected.keys() == found.keys()
    for name, theirs in expected.items():
        height, width = cv2.imread(str(photos / "val" / name)).shape[:2]
        ends = theirs[:, :2] + theirs[:, 2:]
        assert (theirs >= 0).all() and (ends <= (width + 0.01, height + 0.01)).all()
        # All over the photograph, not over the smaller input alone.
        assert (ends.max(axis=0) > 0.75 * np.array([width, height])).all()
        # Scores of an untrained network are close: in any order.
        distances = np.abs(theirs[:, None] - found[name]).max(axis=-1)
        assert distances.shape[0] == distances.shape[1] > 10
        assert np.mean(distances.min(axis=1) < 0.1) > 0.9
