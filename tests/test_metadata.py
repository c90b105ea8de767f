"""What a reader of a network has to know comes from the data set it learnt from."""

import json

import numpy as np

from kseg.data import open_dataset
from kseg.metadata import describe
from kseg.recipes import unet_mobile_camvid
from tests import tiny_recipe
from tests.data.folders import image, write


def test_names_and_colours_of_the_format_travel(tmp_path):
    for split in ("train", "val"):
        write(tmp_path / split / "a.png", image(size=(4, 12)))
        mask = np.arange(12, dtype=np.uint8)[None].repeat(4, axis=0)
        write(tmp_path / f"{split}annot" / "a.png", mask)
    dataset = open_dataset(tmp_path, split="train")
    metadata = json.loads(json.dumps(describe("tiny", tiny_recipe, dataset)))
    assert metadata["classes"] == list(dataset.class_names)
    assert metadata["classes"][0] == "Sky" and len(metadata["classes"]) == 11
    assert metadata["palette"][3] == [128, 64, 128] and len(metadata["palette"]) == 11
    assert metadata["ignore_label"] == 255 and metadata["instances"] is None
    assert metadata["turns"] is True
    assert describe("road", unet_mobile_camvid, dataset)["turns"] is False


def test_a_network_of_object_and_background_has_no_name_of_one_class(tmp_path):
    (tmp_path / "data.yaml").write_text("names: [cup, table]")
    write(tmp_path / "images" / "a.png", image())
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("1 0.1 0.2 0.4 0.2 0.4 0.6")
    dataset = open_dataset(tmp_path)
    metadata = describe("tiny", tiny_recipe, dataset)
    assert metadata["classes"] == ["background", "object", "border"]
    (tmp_path / "data.yaml").write_text("names: [cup]")
    metadata = describe("tiny", tiny_recipe, open_dataset(tmp_path))
    assert metadata["classes"] == ["background", "cup", "border"]
