"""CamVid in both layouts, on tiny files; and the real one."""

import os

import numpy as np
import pytest

from kseg.data import check_data, open_dataset
from kseg.data.formats.camvid import CLASSES
from kseg.errors import DataError
from tests.data.folders import image, write

# One column for each stored value: the 11 classes, void, and 255.
STORED = np.repeat(np.array([[*range(12), 255]], np.uint8), 3, axis=0)
NAMES = {"train": ("0001TP_a", "0006R0_b"), "val": ("0016E5_c",), "test": ("Seq_d",)}
SEED = {name: i for i, name in enumerate(sum(NAMES.values(), ()))}


def tutorial(root):
    for split, names in NAMES.items():
        for name in names:
            write(root / split / f"{name}.png", image(SEED[name], (3, 13), 3))
            write(root / f"{split}annot" / f"{name}.png", STORED)
    return root


def by_parts(root):
    for split, names in NAMES.items():
        for name in names:
            write(root / "images" / split / f"{name}.jpg", image(SEED[name], (3, 13)))
            write(root / "labels" / split / f"{name}.png", STORED)
    (root / "classes.txt").write_text("\n".join([*CLASSES, "Void"]))
    return root


@pytest.mark.parametrize("make", [tutorial, by_parts])
def test_classes_splits_and_void(tmp_path, make):
    root = make(tmp_path)
    for split, names in NAMES.items():
        dataset = open_dataset(root, split=split)
        assert [i.name for i in dataset.items] == [f"{split}/{n}" for n in names]
        assert dataset.image(0).shape == (3, 13, 3)
        target = dataset.target(0)
        assert target.dtype == np.uint8
        assert target.tolist() == [[*range(11), 255, 255]] * 3
    assert dataset.class_names[:4] == ("Sky", "Building", "Pole", "Road")
    assert len(dataset.class_names) == len(dataset.palette) == 11
    assert dataset.palette[8] == (64, 0, 128) and dataset.ignore_label == 255
    assert len(open_dataset(root)) == 4
    assert check_data(root) == []


def test_the_lists_of_the_tutorial(tmp_path):
    tutorial(tmp_path)
    line = "/SegNet/CamVid/train/0006R0_b.png /SegNet/CamVid/trainannot/0006R0_b.png"
    (tmp_path / "train.txt").write_text(f"{line}\n")
    assert [i.name for i in open_dataset(tmp_path, split="train").items] == [
        "train/0006R0_b"
    ]
    (tmp_path / "val.txt").write_text(line.replace("0006R0_b", "gone"))
    with pytest.raises(DataError, match=r"val\.txt.*'/SegNet/CamVid/train/gone\.png'"):
        open_dataset(tmp_path, split="val")
    assert [problem.file for problem in check_data(tmp_path)] == [
        str(tmp_path / "val.txt")
    ]


def test_what_is_wrong_is_named(tmp_path):
    tutorial(tmp_path)
    write(tmp_path / "trainannot" / "0001TP_a.png", STORED[:, :12] + 12)
    write(tmp_path / "trainannot" / "0006R0_b.png", np.full((3, 13), 12, np.uint8))
    write(tmp_path / "valannot" / "0016E5_c.png", np.full((3, 13), 11, np.uint8))
    (tmp_path / "testannot" / "Seq_d.png").unlink()
    write(tmp_path / "testannot" / "Seq_e.png", STORED)
    found = {os.path.basename(p.file): p.what for p in check_data(tmp_path)}
    assert found == {
        "Seq_e.png": "expected an image of the same name. Received: none",
        "Seq_d.png": "expected a mask of the same name. Received: none",
        "0001TP_a.png": "expected the image's size, 3x13 (height x width). "
        "Received: 3x12",
        "0006R0_b.png": "expected 0 to 11, 255 in a mask of this data set. Received: "
        "12 at row 0, column 0, and 38 more such pixels",
        "0016E5_c.png": "expected labelled pixels. Received: pixels to ignore only",
    }


def test_a_split_may_be_missing(tmp_path):
    tutorial(tmp_path)
    for folder in ("test", "testannot"):
        for file in (tmp_path / folder).iterdir():
            file.unlink()
        (tmp_path / folder).rmdir()
    with pytest.raises(DataError, match="of train, val. Received: split='test'"):
        open_dataset(tmp_path, split="test")


def test_other_class_names_are_a_plain_folder(tmp_path):
    by_parts(tmp_path)
    (tmp_path / "classes.txt").write_text("\n".join(f"c{i}" for i in range(12)))
    plain = open_dataset(tmp_path)
    assert plain.class_names[0] == "c0" and plain.target(0)[0, 11] == 11
    stated = open_dataset(tmp_path, format="camvid")
    assert stated.class_names[0] == "Sky" and stated.target(0)[0, 11] == 255


def test_a_folder_of_another_layout(tmp_path):
    write(tmp_path / "train" / "a.png", image())
    with pytest.raises(DataError, match="train/ and trainannot/.*none of them"):
        open_dataset(tmp_path, format="camvid")


@pytest.mark.data
def test_the_real_one():
    """Counts of pixels by two people from these files."""
    if "KSEG_DATA" not in os.environ:
        pytest.skip("KSEG_DATA is not set")
    sets = {
        s: open_dataset(f"{os.environ['KSEG_DATA']}/camvid", split=s) for s in NAMES
    }
    assert [len(dataset) for dataset in sets.values()] == [367, 101, 233]
    train = sets["train"]
    assert train.class_names == tuple(CLASSES) and train.image(5).shape == (360, 480, 3)
    counts = sum(
        np.bincount(train.target(i).ravel(), minlength=256) for i in range(367)
    )
    assert counts[[0, 7, 10, 255]].tolist() == [10682767, 714595, 184967, 2503995]
    assert counts[11:255].sum() == 0
