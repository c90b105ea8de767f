"""labelme's JSON files, on tiny ones."""

import base64
import json

import cv2
import numpy as np
import pytest

from kseg.data import check_data, open_dataset
from kseg.errors import DataError
from tests.data.folders import image, write

SQUARE = [[3, 4], [12, 4], [12, 12], [3, 12]]


def shape(label="cup", points=SQUARE, kind="polygon", **options):
    return {"label": label, "points": points, "shape_type": kind} | options


def labelme(root, *shapes, name="a", **options):
    write(root / f"{name}.png", image(len(name)))
    found = {
        "imagePath": "../../elsewhere.png",
        "imageHeight": 20,
        "imageWidth": 30,
        "shapes": list(shapes),
    }
    (root / f"{name}.json").write_text(json.dumps(found | options))
    return root


def test_shapes_become_pixels(tmp_path):
    png = cv2.imencode(".png", np.array([[255, 0], [255, 255]], np.uint8))[1]
    drawn = base64.b64encode(png).decode()
    labelme(
        tmp_path,
        shape(),
        shape("table", [[2, 2], [8, 6]], "rectangle"),
        shape("cup", [[20, 10], [20, 14]], "circle"),
        shape("cup", [[5, 6], [7, 8]], "mask", mask=drawn),
        shape("__ignore__"),
    )
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("background", "cup", "table")
    assert "hold 2 labels, a class each: cup, table." in dataset.notes[0]
    assert dataset.kind == "instances"
    found = dataset.objects(0)
    order = np.argsort(found.boxes[:, 1])
    assert found.classes[order].tolist() == [2, 1, 1, 1]
    assert found.boxes[order].tolist()[:3] == [
        [2, 2, 6, 8], [4, 3, 12, 12], [6, 5, 8, 7]
    ]  # fmt: skip
    assert found.masks[order[2]].tolist() == [[1, 0], [1, 1]]
    assert found.masks[order[3]].sum() == pytest.approx(np.pi * 16, abs=4)
    assert check_data(tmp_path) == []


def test_shapes_of_a_group_are_one_object(tmp_path):
    other = np.add(SQUARE, [12, 0]).tolist()
    labelme(
        tmp_path,
        shape(group_id=1),
        shape(points=other, group_id=1),
        shape("table", group_id=1),
        shape(points=other),
    )
    found = open_dataset(tmp_path).objects(0)
    assert found.classes.tolist() == [1, 2, 1]
    assert found.boxes[0].tolist() == [4, 3, 12, 24] and found.areas[0] == 144


def test_names_and_folders(tmp_path):
    labelme(tmp_path / "images" / "train", shape())
    labelme(tmp_path / "images" / "val", shape("table"), name="bb")
    (tmp_path / "labels.txt").write_text("__ignore__\n_background_\ntable\ncup\n")
    dataset = open_dataset(tmp_path, split="train")
    assert [item.name for item in dataset.items] == ["train/a"]
    assert dataset.class_names == ("background", "table", "cup")
    assert dataset.objects(0).classes.tolist() == [2] and dataset.notes == ()
    (tmp_path / "labels.txt").write_text("__ignore__\n")
    with pytest.raises(DataError, match="a label at least"):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (shape("spoon"), "a label of the data set's 1. Received: 'spoon'"),
        (shape(["cup"]), "Received: ['cup']"),
        ("shape", "Received: None"),
        (shape(points=SQUARE[:2]), "a polygon of 3 points or more"),
        (shape(points=None), "Received: polygon of None"),
        (shape(points=[[1, "x"], [2, 3], [4, 5]]), "a polygon of 3 points or more"),
        (shape(points=SQUARE, kind="rectangle"), "Received: rectangle of"),
        (shape(points=[[1, 2]], kind="mask", mask="?"), "Received: no image at"),
        (shape(points=[[1e9, 1e9]] * 3), "points in the image of 30x20"),
    ],
)
def test_a_shape_that_cannot_be_used_is_named(tmp_path, wrong, what):
    labelme(tmp_path, shape(), wrong)
    (tmp_path / "labels.txt").write_text("cup\n")
    (found,) = check_data(tmp_path)
    assert found.file.endswith("a.json") and what in found.what
    assert found.what.startswith("shape 2: ")
    with pytest.raises(DataError, match="shape 2"):
        open_dataset(tmp_path).objects(0)


def test_a_mask_outside_the_image(tmp_path):
    png = cv2.imencode(".png", np.full((4, 4), 255, np.uint8))[1]
    drawn = base64.b64encode(png).decode()
    labelme(tmp_path, shape(points=[[28, 2]], kind="mask", mask=drawn))
    assert "Received: 4x4 at [[28, 2]]" in check_data(tmp_path)[0].what


def test_what_can_be_read_around(tmp_path):
    labelme(tmp_path, shape(), shape(points=[[1, 1], [2, 2]], kind="line"))
    (tmp_path / "lonely.json").write_text("{}")
    found = [p.what for p in check_data(tmp_path)]
    assert found == [
        "expected an image of the same name. Received: none",
        "shape 2: expected a shape with an area. Received: line",
    ]
    assert len(open_dataset(tmp_path).objects(0)) == 1


def test_files_that_do_not_fit(tmp_path):
    labelme(tmp_path, shape(), imageHeight=21)
    labelme(tmp_path, shape(), name="bb", shapes=None)
    labelme(tmp_path, shape(), name="ccc")
    (tmp_path / "ccc.json").write_text("[]")
    write(tmp_path / "dddd.png", image(4))
    (tmp_path / "labels.txt").write_text("cup\n")
    assert [p.what.split(". ")[0] for p in check_data(tmp_path)] == [
        "expected the image's size, 20x30 (height x width)",
        "expected labelme's list of shapes",
        "expected a JSON object",
        "expected a mask of the same name",
    ]
