"""ADE20K's folders of the scene parsing benchmark, on tiny files."""

import numpy as np
import pytest

from kseg.data import check_data, open_dataset
from kseg.errors import DataError
from tests.data.folders import image, write

STORED = np.arange(151, dtype=np.uint8)[None]
NAMES = [f"thing {k}, object {k}" for k in range(1, 151)]


def ade20k(root, names=NAMES, masks=STORED):
    for i, name in enumerate(
        ("training/ADE_train_1", "training/ADE_train_2", "validation/ADE_val_1")
    ):
        write(root / "images" / f"{name}.jpg", image(i, (1, 151), 3))
        write(root / "annotations" / f"{name}.png", masks)
    if names:
        rows = (f"{k}\t0.1\t9\t1\t{name} " for k, name in enumerate(names, start=1))
        text = "\n".join(["Idx\tRatio\tTrain\tVal\tName", *rows])
        (root / "objectInfo150.txt").write_text(text)
    return root


def test_other_things_are_ignored_and_classes_start_at_0(tmp_path):
    dataset = open_dataset(ade20k(tmp_path), split="train")
    assert [item.name for item in dataset.items] == [
        "train/ADE_train_1", "train/ADE_train_2"
    ]  # fmt: skip
    assert dataset.target(0).tolist() == [[255, *range(150)]]
    assert dataset.class_names[:2] == ("thing 1", "thing 2") and not dataset.notes
    assert len(dataset.palette) == len(set(dataset.palette)) == 150
    assert dataset.palette[0] == (128, 0, 0) and dataset.ignore_label == 255
    assert [i.name for i in open_dataset(tmp_path, split="val").items] == [
        "val/ADE_val_1"
    ]
    assert check_data(tmp_path) == []


def test_without_names_and_with_names_that_begin_alike(tmp_path):
    dataset = open_dataset(ade20k(tmp_path / "a", None))
    assert dataset.class_names[149] == "class 150"
    assert "has no objectInfo150.txt" in dataset.notes[0]
    names = [*NAMES[:-1], "thing 1, another one"]
    dataset = open_dataset(ade20k(tmp_path / "b", names))
    assert dataset.class_names[0] == "thing 1, object 1"
    assert dataset.class_names[149] == "thing 1, another one"


def test_what_is_wrong_is_named(tmp_path):
    ade20k(tmp_path)
    folder = tmp_path / "annotations" / "training"
    write(folder / "ADE_train_1.png", STORED + 1)
    write(folder / "ADE_train_2.png", STORED * 0)
    bad, void = check_data(tmp_path)
    assert bad.file.endswith("ADE_train_1.png") and void.file.endswith("_2.png")
    assert bad.what.startswith("expected 0 to 150, 255 in a mask of this data set.")
    assert void.what == "expected labelled pixels. Received: pixels to ignore only"


@pytest.mark.parametrize(
    ("text", "message"),
    [("Idx\tName\nno number\n", "index, numbers and names"), ("", "Received: 0 cl")],
)
def test_names_that_cannot_be_read(tmp_path, text, message):
    ade20k(tmp_path)
    (tmp_path / "objectInfo150.txt").write_text(text)
    with pytest.raises(DataError, match=rf"objectInfo150\.txt: .*{message}"):
        open_dataset(tmp_path)


def test_a_folder_of_another_layout(tmp_path):
    (tmp_path / "images" / "training").mkdir(parents=True)
    with pytest.raises(DataError, match="annotations/training"):
        open_dataset(tmp_path, format="ade20k")
