"""PASCAL VOC's single objects, on tiny files; and the real sample."""

import os

import numpy as np
import pytest

from kseg.data import check_data, open_dataset
from kseg.errors import DataError
from kseg.imaging import voc_palette
from tests.data.folders import image, png, write

PALETTE = bytes(np.array(voc_palette(256), np.uint8))
OBJECTS = np.array([[0, 1, 1, 255, 2, 2], [0, 1, 255, 255, 2, 0]], np.uint8)
CLASSES = np.array([[0, 15, 15, 255, 7, 7], [0, 15, 255, 255, 7, 0]], np.uint8)


def folder(root, objects=OBJECTS, classes=CLASSES):
    write(root / "JPEGImages" / "1.jpg", image(1, (2, 6), 3))
    png(root / "SegmentationObject" / "1.png", objects, 8, 3, PALETTE)
    png(root / "SegmentationClass" / "1.png", classes, 8, 3, PALETTE)
    (root / "ImageSets" / "Segmentation").mkdir(parents=True, exist_ok=True)
    (root / "ImageSets" / "Segmentation" / "train.txt").write_text("1\n")
    return root


def test_objects_and_their_classes(tmp_path):
    dataset = open_dataset(folder(tmp_path), kind="instances", split="train")
    found = dataset.objects(0)
    assert found.classes.tolist() == [15, 7]
    assert found.boxes.tolist() == [[0, 1, 2, 3], [0, 4, 2, 6]]
    assert dataset.target(0).tolist() == np.where(OBJECTS == 255, 0, OBJECTS).tolist()
    assert dataset.class_names[7] == "car"
    assert open_dataset(tmp_path, format="voc-instances").kind == "instances"
    assert open_dataset(tmp_path).kind == "labels"
    with pytest.raises(ValueError, match="Expected a data set of objects"):
        open_dataset(tmp_path).objects(0)
    assert check_data(tmp_path, format="voc-instances") == []


def test_what_is_wrong_is_named(tmp_path):
    folder(tmp_path, classes=CLASSES * (CLASSES != 7))
    (found,) = check_data(tmp_path, format="voc-instances")
    assert found.what.startswith("object 2: expected a class at its place in")
    assert found.what.endswith("Received: background")
    with pytest.raises(DataError, match="object 2"):
        open_dataset(tmp_path, kind="instances").objects(0)
    mixed = CLASSES.copy()
    mixed[0, 1] = 3
    folder(tmp_path, classes=mixed)
    (found,) = check_data(tmp_path, format="voc-instances")
    assert "Received: bird, person" in found.what and "taken for person" in found.remedy
    assert len(open_dataset(tmp_path, kind="instances").objects(0)) == 2
    folder(tmp_path, objects=OBJECTS[:, :5])
    (found,) = check_data(tmp_path, format="voc-instances")
    assert "expected the image's size, 2x6" in found.what


def test_an_image_without_objects_map(tmp_path):
    folder(tmp_path)
    write(tmp_path / "JPEGImages" / "2.jpg", image(2, (2, 6), 3))
    png(tmp_path / "SegmentationClass" / "2.png", CLASSES, 8, 3, PALETTE)
    dataset = open_dataset(tmp_path, kind="instances")
    with pytest.raises(DataError, match=r"2\.jpg: expected a mask of the same name"):
        dataset.objects(1)


@pytest.mark.data
def test_the_real_sample():
    if "KSEG_DATA" not in os.environ:
        pytest.skip("KSEG_DATA is not set")
    root = f"{os.environ['KSEG_DATA']}/voc2007-sample"
    dataset = open_dataset(root, kind="instances")
    counts = np.zeros(21, int)
    for i in range(len(dataset)):
        np.add.at(counts, dataset.objects(i).classes, 1)
    assert counts.tolist() == [
        0, 9, 5, 4, 8, 7, 5, 8, 4, 7, 4, 3, 2, 3, 3, 31, 1, 1, 2, 3, 5
    ]  # fmt: skip
    assert check_data(root, format="voc-instances") == []
