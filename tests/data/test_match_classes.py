"""The classes of a data set in the order of a network's, on YOLO's tiny files."""

import pytest

from kseg.data import open_dataset
from kseg.data.match_classes import match_classes
from tests.data.folders import image, label_folder, write

NETWORK = ["background", "cat", "dog"]


def yolo(root, names, number):
    """One image with one rectangle, of class ``number`` of ``names``."""
    write(root / "images" / "a.png", image())
    (root / "labels").mkdir()
    (root / "labels" / "a.txt").write_text(f"{number} .1 .1 .5 .1 .5 .5 .1 .5\n")
    listed = "".join(f"  {i}: {name}\n" for i, name in enumerate(names))
    (root / "data.yaml").write_text(f"names:\n{listed}")
    return open_dataset(root)


def test_another_order(tmp_path):
    data = yolo(tmp_path, ["dog", "cat"], 1)
    matched = match_classes(data, NETWORK)
    assert matched.class_names == ("background", "cat", "dog")
    assert matched.palette[1:] == data.palette[:0:-1]
    assert data.objects(0).classes.tolist() == [2]
    assert matched.objects(0).classes.tolist() == [1]


def test_the_same_order_is_the_same_data(tmp_path):
    data = yolo(tmp_path, ["cat", "dog"], 0)
    assert match_classes(data, NETWORK) is data


@pytest.mark.parametrize("own", [["background", "cell"], ["background", "class 1"]])
def test_one_class_may_be_called_otherwise(tmp_path, own):
    data = yolo(tmp_path, ["nucleus"], 0)
    assert match_classes(data, own) is data


def test_names_that_stand_for_none_are_matched_by_number(tmp_path):
    data = yolo(tmp_path, ["truck", "house"], 0)
    assert match_classes(data, ["background", "class 1", "class 2"]) is data


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["truck", "cat"], "classes dog. Received: data with truck"),
        (["cat"], "network's 2 classes. Received: data with 1, from 'cat' on"),
    ],
)
def test_other_classes_are_refused(tmp_path, names, message):
    with pytest.raises(ValueError, match=message):
        match_classes(yolo(tmp_path, names, 0), NETWORK)


def test_label_maps_are_refused(tmp_path):
    data = open_dataset(label_folder(tmp_path))
    with pytest.raises(ValueError, match="Received: one of label maps"):
        match_classes(data, NETWORK)
