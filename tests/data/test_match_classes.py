"""The classes of a data set in the order of a network's, on tiny files."""

import numpy as np
import pytest

from kseg.data import open_dataset
from kseg.data.match_classes import match_classes, match_network
from tests.data.folders import image, instance_folder, label_folder, labels, write

NETWORK = ["background", "cat", "dog"]
BLACK, RED, BLUE = (0, 0, 0), (255, 0, 0), (0, 0, 255)


def yolo(root, names, number):
    """One image with one rectangle, of class ``number`` of ``names``."""
    write(root / "images" / "a.png", image())
    (root / "labels").mkdir()
    (root / "labels" / "a.txt").write_text(f"{number} .1 .1 .5 .1 .5 .5 .1 .5\n")
    listed = "".join(f"  {i}: {name}\n" for i, name in enumerate(names))
    (root / "data.yaml").write_text(f"names:\n{listed}")
    return open_dataset(root)


def maps(root, names, **options):
    """Label maps with stripes of the classes 0, 1 and 2, named so."""
    label_folder(root, "ab", **options)
    if names:
        (root / "classes.txt").write_text("".join(f"{name}\n" for name in names))
    return open_dataset(root)


def test_another_order(tmp_path):
    data = yolo(tmp_path, ["dog", "cat"], 1)
    matched = match_classes(data, NETWORK)
    assert matched.class_names == ("background", "cat", "dog")
    assert matched.palette[1:] == data.palette[:0:-1]
    assert data.objects(0).classes.tolist() == [2]
    assert matched.objects(0).classes.tolist() == [1]


def test_label_maps_in_another_order(tmp_path):
    data = maps(tmp_path, ["background", "dog", "cat"])
    matched = match_classes(data, NETWORK)
    assert matched.class_names == tuple(NETWORK)
    assert matched.palette[1:] == data.palette[:0:-1]
    np.testing.assert_array_equal(matched.target(0), np.uint8([0, 2, 1])[labels()])


def test_label_maps_whose_first_class_is_another(tmp_path):
    data = maps(tmp_path, ["dog", "cat", "background"])
    matched = match_classes(data, NETWORK)
    np.testing.assert_array_equal(matched.target(0), np.uint8([2, 1, 0])[labels()])


def test_what_is_to_ignore_stays_so(tmp_path):
    mask = labels()
    mask[:2] = 255
    matched = match_classes(
        maps(tmp_path, ["background", "dog", "cat"], mask=mask), NETWORK
    )
    assert (matched.target(0)[:2] == 255).all() and matched.target(0)[2, -1] == 1


def test_numbers_that_a_format_stores_otherwise(tmp_path):
    mask = np.uint8([0, 255])[labels(classes=2)]
    data = maps(tmp_path, ["cell", "background"], mask=mask)
    assert data.stored_labels == {0: 0, 255: 1}
    matched = match_classes(data, ["background", "cell"])
    assert matched.target(0)[0, [0, -1]].tolist() == [1, 0]


def test_colours_in_another_order(tmp_path):
    mask = np.array([BLACK, RED, BLUE], np.uint8)[labels()]
    names = ["background 0 0 0", "dog 255 0 0", "cat 0 0 255"]
    data = maps(tmp_path, names, mask=mask)
    matched = match_classes(data, NETWORK)
    np.testing.assert_array_equal(matched.target(0), np.uint8([0, 2, 1])[labels()])
    assert matched.palette == (BLACK, BLUE, RED)


def test_the_same_order_is_the_same_data(tmp_path):
    data = yolo(tmp_path / "a", ["cat", "dog"], 0)
    assert match_classes(data, NETWORK) is data
    data = maps(tmp_path / "b", NETWORK)
    assert match_classes(data, NETWORK) is data


@pytest.mark.parametrize("own", [["background", "cell"], ["background", "class 1"]])
def test_one_class_may_be_called_otherwise(tmp_path, own):
    data = yolo(tmp_path / "a", ["nucleus"], 0)
    assert match_classes(data, own) is data
    mask = labels(classes=2)
    data = maps(tmp_path / "b", ["background", "crack"], mask=mask)
    assert match_classes(data, own) is data


def test_names_that_stand_for_none_are_matched_by_number(tmp_path):
    data = yolo(tmp_path / "a", ["truck", "house"], 0)
    assert match_classes(data, ["background", "class 1", "class 2"]) is data
    data = maps(tmp_path / "b", None)
    assert match_classes(data, NETWORK) is data


def test_numbers_that_happen_not_to_reach_the_last_class(tmp_path):
    data = maps(tmp_path, None, mask=labels(classes=2))
    assert data.class_names == ("background", "class 1")
    matched = match_classes(data, NETWORK)
    assert matched.class_names == tuple(NETWORK) and len(matched.palette) == 3
    np.testing.assert_array_equal(matched.target(0), data.target(0))


@pytest.mark.parametrize("name", ["object", "class 1"])
def test_a_network_without_classes_finds_objects_of_any(tmp_path, name):
    data = yolo(tmp_path / "a", ["cat", "dog"], 1)
    matched = match_classes(data, ["background", name])
    assert matched.class_names == ("background", name)
    assert matched.objects(0).classes.tolist() == [1]
    with pytest.raises(ValueError, match="data with class 1, class 2"):
        match_classes(maps(tmp_path / "b", None), ["background", "object"])


def test_id_maps_are_of_one_class(tmp_path):
    data = open_dataset(instance_folder(tmp_path))
    assert match_classes(data, ["background", "object"]) is data
    with pytest.raises(
        ValueError, match="2 classes cat, dog. Received: data with nucleus"
    ):
        match_classes(data, NETWORK)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["truck", "cat"], "2 classes cat, dog. Received: data with truck, cat"),
        (["cat"], "2 classes cat, dog. Received: data with cat"),
    ],
)
def test_other_classes_are_refused(tmp_path, names, message):
    with pytest.raises(ValueError, match=message):
        match_classes(yolo(tmp_path, names, 0), NETWORK)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["sky", "road", "tree"],
            "3 classes background, cat, dog. Received: data with sky, road, tree",
        ),
        (
            ["background", "cat", "Dog"],
            "2 classes cat, dog. Received: data with cat, Dog.*mend the names",
        ),
        (["dog", "cat", "background", "x"], "data with dog, cat, background, x"),
        (["cat", "background"], "data with cat, background"),
    ],
)
def test_other_label_maps_are_refused(tmp_path, names, message):
    data = maps(tmp_path, names, mask=labels(classes=2))
    with pytest.raises(ValueError, match=message):
        match_classes(data, NETWORK)


def test_two_classes_without_a_common_background_are_not_taken_by_number(tmp_path):
    data = maps(tmp_path, ["sky", "ground"], mask=labels(classes=2))
    with pytest.raises(ValueError, match="road, sky. .* with sky, ground"):
        match_classes(data, ["road", "sky"])


def test_of_many_classes_those_that_differ_are_named_first(tmp_path):
    names = [f"c{k}" for k in range(20)]
    data = yolo(tmp_path, names, 0)
    with pytest.raises(ValueError, match=r"classes odd, c0, .* \.\.\.\. .*with c7, c0"):
        match_classes(data, ["background", *names[:7], "odd", *names[8:]])


def test_classes_of_pixels_are_not_those_of_objects(tmp_path):
    data = yolo(tmp_path / "a", ["dog", "cat"], 1)
    pixels = {"classes": ["background", "interior", "border"], "task": "semantic"}
    assert match_network(data, pixels) is data
    objects = {"classes": NETWORK, "task": "instances"}
    assert match_network(data, objects).class_names == tuple(NETWORK)
    data = maps(tmp_path / "b", ["background", "dog", "cat"])
    assert match_network(data, objects).class_names == tuple(NETWORK)
