"""What a reader of a network has to know comes from the data set it learnt from."""

import json

import numpy as np

from kseg.data import open_dataset
from kseg.recipes import get
from kseg.train.describe import describe
from tests.data.folders import image, write
from tests.tiny_recipe import RECIPE


def test_names_and_colours_of_the_format_travel(tmp_path):
    for split in ("train", "val"):
        write(tmp_path / split / "a.png", image(size=(4, 12)))
        mask = np.arange(12, dtype=np.uint8)[None].repeat(4, axis=0)
        write(tmp_path / f"{split}annot" / "a.png", mask)
    dataset = open_dataset(tmp_path, split="train")
    metadata = json.loads(json.dumps(describe("tiny", RECIPE, dataset, (64, 64))))
    assert metadata["classes"] == list(dataset.class_names)
    assert metadata["classes"][0] == "Sky" and len(metadata["classes"]) == 11
    assert metadata["palette"][3] == [128, 64, 128] and len(metadata["palette"]) == 11
    assert metadata["ignore_label"] == 255 and metadata["instances"] is None
    assert metadata["turns"] is True
    assert (
        describe("road", get("unet-mobile-camvid"), dataset, (64, 64))["turns"] is False
    )


def test_a_network_of_object_and_background_has_no_name_of_one_class(tmp_path):
    (tmp_path / "data.yaml").write_text("names: [cup, table]")
    write(tmp_path / "images" / "a.png", image())
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("1 0.1 0.2 0.4 0.2 0.4 0.6")
    dataset = open_dataset(tmp_path)
    metadata = describe("tiny", RECIPE, dataset, (64, 64))
    assert metadata["classes"] == ["background", "object", "border"]
    (tmp_path / "data.yaml").write_text("names: [cup]")
    metadata = describe("tiny", RECIPE, open_dataset(tmp_path), (64, 64))
    assert metadata["classes"] == ["background", "cup", "border"]


def test_a_network_that_finds_objects_keeps_their_classes_and_has_one_size(tmp_path):
    (tmp_path / "data.yaml").write_text("names: [cup, table]")
    write(tmp_path / "images" / "a.png", image())
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("1 0.1 0.2 0.4 0.2 0.4 0.6")
    dataset = open_dataset(tmp_path, kind="instances")
    nuclei = get("mask-rcnn-nuclei")
    found = describe("objects", nuclei, dataset, (96, 64))
    assert json.loads(json.dumps(found)) == found
    assert found["task"] == "instances" and found["turns"] is True
    assert found["classes"] == ["background", "cup", "table"]
    assert len(found["palette"]) == 3
    assert found["input"]["size"] == [96, 64]
    assert found["input"]["resize"] == "tile" and found["input"]["magnification"] == 2
    assert found["output"] == {
        "kind": "instances",
        "boxes": "boxes",
        "scores": "scores",
        "classes": "classes",
        "masks": "masks",
        "count": "count",
    }
    assert found["tiling"] == {"margin": nuclei.margin, "stride": 1}
    assert found["score_threshold"] == nuclei.score_threshold
    whole = describe("objects", get("mask-rcnn-mobile"), dataset, (96, 64))
    assert whole["input"]["magnification"] == 1 and whole["tiling"]["margin"] == 0
