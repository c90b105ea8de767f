"""Cityscapes' folders, on tiny files."""

import os

import numpy as np
import pytest

from kseg.data import check_data, open_dataset
from kseg.errors import DataError
from tests.data.folders import image, write

FRAMES = {"train": ("aachen/aachen_0_1", "bochum/bochum_0_2"), "val": ("ulm/ulm_0_3",)}
IDS = np.repeat(np.arange(34, dtype=np.uint8)[None], 3, axis=0)
# What the 34 ids stand for, as the benchmark's table has it.
TRAIN_IDS = [255] * 7 + [0, 1, 255, 255, 2, 3, 4, 255, 255, 255, 5, 255, 6, 7, 8, 9]
TRAIN_IDS += [*range(10, 16), 255, 255, 16, 17, 18]


def cityscapes(root, labels=IDS, kind="labelIds"):
    for split, frames in FRAMES.items():
        for frame in frames:
            seed = int(frame[-1])
            path = root / "leftImg8bit" / split / f"{frame}_leftImg8bit.png"
            write(path, image(seed, (3, 34), 3))
            path = root / "gtFine" / split / f"{frame}_gtFine_{kind}.png"
            write(path, labels)
            write(path.with_name(f"{path.stem[:-2]}_color.png"), image(seed))
    return root


@pytest.mark.parametrize(
    ("labels", "kind"),
    [(IDS, "labelIds"), (np.array([TRAIN_IDS] * 3, np.uint8), "labelTrainIds")],
    ids=["ids", "train ids"],
)
def test_nineteen_classes_from_either_file(tmp_path, labels, kind):
    dataset = open_dataset(cityscapes(tmp_path, labels, kind), split="train")
    assert [item.name for item in dataset.items] == [
        "train/aachen/aachen_0_1", "train/bochum/bochum_0_2"
    ]  # fmt: skip
    assert dataset.target(1).tolist() == [TRAIN_IDS] * 3
    assert len(dataset.class_names) == len(dataset.palette) == 19
    assert dataset.class_names[13] == "car" and dataset.palette[13] == (0, 0, 142)
    assert dataset.class_names[16] == "train" and dataset.ignore_label == 255
    assert len(open_dataset(tmp_path, split="val")) == 1
    assert check_data(tmp_path) == []


def test_ids_are_read_where_both_files_are_there(tmp_path):
    cityscapes(tmp_path, IDS * 0, "labelTrainIds")
    cityscapes(tmp_path)
    assert open_dataset(tmp_path).target(0).tolist() == [TRAIN_IDS] * 3


def test_what_is_wrong_is_named(tmp_path):
    cityscapes(tmp_path)
    train = tmp_path / "gtFine" / "train"
    write(train / "aachen" / "aachen_0_1_gtFine_labelIds.png", IDS + 1)
    (train / "bochum" / "bochum_0_2_gtFine_labelIds.png").unlink()
    val = tmp_path / "gtFine" / "val" / "ulm" / "ulm_0_3_gtFine_labelIds.png"
    write(val, IDS % 7)
    found = {os.path.basename(p.file): p.what for p in check_data(tmp_path)}
    assert found == {
        "bochum_0_2_leftImg8bit.png": "expected a mask of the same name. Received: "
        "none",
        "aachen_0_1_gtFine_labelIds.png": "expected 0 to 33, 255 in a mask of this "
        "data set. Received: 34 at row 0, column 33, and 2 more such pixels",
        "ulm_0_3_gtFine_labelIds.png": "expected labelled pixels. Received: pixels to "
        "ignore only",
    }


def test_images_without_their_annotations(tmp_path):
    cityscapes(tmp_path)
    write(tmp_path / "leftImg8bit" / "test" / "bonn" / "b_leftImg8bit.png", image())
    with pytest.raises(DataError, match=r"gtFine/test: expected a folder"):
        open_dataset(tmp_path, split="test")
    (tmp_path / "gtFine" / "test").mkdir()
    with pytest.raises(DataError, match="expected images NAME_gtFine_labelIds.png"):
        open_dataset(tmp_path, split="test")


def test_a_folder_of_another_layout(tmp_path):
    (tmp_path / "leftImg8bit").mkdir()
    with pytest.raises(DataError, match="leftImg8bit/train, val or test"):
        open_dataset(tmp_path, format="cityscapes")
