"""YOLO's polygon labels, on tiny files."""

import pytest

from kseg.data import check_data, open_dataset
from kseg.errors import DataError
from tests.data.folders import image, label_folder, write

SQUARE = "0.1 0.2 0.4 0.2 0.4 0.6 0.1 0.6"  # of 30x20: x 3 to 12, y 4 to 12


def yolo(root, text=f"1 {SQUARE}\n", names="names: [cup, table]\n", split=""):
    for i, name in enumerate("ab"):
        write(root / "images" / split / f"{name}.png", image(i + len(split)))
    path = root / "labels" / split / "a.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if names:
        (root / "data.yaml").write_text(names)
    return root


def test_polygons_become_pixels(tmp_path):
    dataset = open_dataset(yolo(tmp_path, f"1 {SQUARE}\n\n0 {SQUARE}\n"))
    assert dataset.class_names == ("background", "cup", "table")
    found = dataset.objects(0)
    assert found.classes.tolist() == [2, 1]
    assert found.boxes[0].tolist() == [4, 3, 12, 12] and found.masks[0].all()
    assert len(dataset.objects(1)) == 0
    assert "1 of 2 images have no label file" in dataset.notes[0]
    assert check_data(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "nc: 2\nnames:\n  0: cup\n  1: table\npath: x\n",
        "names:\n- cup  # the first\n- 'table'\ntrain: images\n",
        'names: {1: "table", 0: cup}\n',
        "path: x\nnames: ['cup',\n  'table']\n",
    ],
)
def test_names_in_yaml(tmp_path, text):
    assert open_dataset(yolo(tmp_path, names=text)).class_names[1:] == ("cup", "table")


@pytest.mark.parametrize(
    "text", ["names:\n", "names: [a, a]\n", "names: {1: a, 2: b}\n", "names: {0: a, b}"]
)
def test_names_that_are_none(tmp_path, text):
    with pytest.raises(DataError, match="data.yaml: expected names"):
        open_dataset(yolo(tmp_path, names=text))


def test_names_in_a_text_file_or_nowhere(tmp_path):
    dataset = open_dataset(yolo(tmp_path, names=None))
    assert dataset.class_names == ("background", "class 0", "class 1")
    assert "classes up to 1" in dataset.notes[0]
    (tmp_path / "labels" / "classes.txt").write_text("cup\ntable\n")
    assert open_dataset(tmp_path).class_names[2] == "table"
    (tmp_path / "labels" / "classes.txt").write_text("cup\ncup\n")
    with pytest.raises(DataError, match="classes.txt: .* Received: a name twice"):
        open_dataset(tmp_path)


def test_splits(tmp_path):
    yolo(tmp_path / "a", split="train")
    yolo(tmp_path / "a", split="val")
    train = open_dataset(tmp_path / "a", split="train")
    assert [item.name for item in train.items] == ["train/a", "train/b"]
    for split in ("train", "valid"):
        yolo(tmp_path / "b" / split, names=None)
    (tmp_path / "b" / "data.yaml").write_text("names: [cup, table]")
    val = open_dataset(tmp_path / "b", split="val")
    assert [item.name for item in val.items] == ["val/a", "val/b"]
    assert len(val.objects(0)) == 1
    (tmp_path / "a" / "val.txt").write_text("./images/val/b.png\n")
    val = open_dataset(tmp_path / "a", split="val")
    assert [item.name for item in val.items] == ["val/b"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("1 0.5 0.5 0.2 0.2", "Received: 4 numbers (a box?)"),
        (f"2 {SQUARE}", "expected a class of 0 to 1. Received: 2"),
        (f"0.5 {SQUARE}", "expected a class of 0 to 1. Received: 0.5"),
        ("cup 0.1", "expected numbers. Received: 'cup 0.1'"),
        ("0", "Received: 0 numbers"),
        ("0 0.1 0.1 0.2 nan 0.3 0.3", "Received: 6 numbers"),
        ("0 10 10 20 10 20 20", "shares of the width and height, 0 to 1"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, line, what):
    yolo(tmp_path, f"1 {SQUARE}\n{line}\n")
    (found,) = check_data(tmp_path)
    assert found.file.endswith("a.txt") and what in found.what
    assert found.what.startswith("line 2: ")
    with pytest.raises(DataError, match="line 2"):
        open_dataset(tmp_path).objects(0)


def test_what_can_be_read_around(tmp_path):
    yolo(tmp_path, "0 0.9 0.2 1.3 0.2 1.3 0.6\n1 0.5 0.5 0.5 0.5 0.5 0.5\n")
    (tmp_path / "labels" / "c.txt").write_text("")
    found = [p.what.split(". ")[0] for p in check_data(tmp_path)]
    assert found == [
        "expected an image of the same name",
        "line 1: expected points in the image of 30x20 (width x height)",
        "line 2: expected an outline or a mask that covers a pixel",
    ]
    assert len(open_dataset(tmp_path).objects(0)) == 1


def test_other_layouts(tmp_path):
    assert open_dataset(label_folder(tmp_path / "a")).kind == "labels"
    with pytest.raises(DataError, match=r"labels/\*\.txt in it"):
        open_dataset(tmp_path / "a", format="yolo")
    yolo(tmp_path / "b")
    (tmp_path / "b" / "labels" / "a.txt").write_bytes(b"\xff\xfe\x00")
    assert "expected a text file" in check_data(tmp_path / "b")[0].what
    write(tmp_path / "b" / "images" / "a.jpg", image(7))
    assert "one file of a name" in check_data(tmp_path / "b")[0].what
