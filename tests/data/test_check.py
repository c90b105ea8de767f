import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from kseg.data import check_data
from tests.data.folders import (
    ids,
    image,
    instance_folder,
    label_folder,
    labels,
    stage1_folder,
    write,
    write_list,
)


def found(root, **options):
    """(file name, beginning of what is wrong) of each problem."""
    problems = check_data(root, **options)
    for problem in problems:
        assert problem.remedy.endswith(".") and not problem.what.endswith(".")
    return [(Path(p.file).name, p.what) for p in problems]


@pytest.mark.parametrize("make", [label_folder, instance_folder, stage1_folder])
def test_nothing_is_wrong(tmp_path, make):
    assert check_data(make(tmp_path)) == []


def test_everything_that_can_be_wrong_with_label_maps(tmp_path):
    label_folder(tmp_path, "abcdefghi")
    (tmp_path / "classes.txt").write_text("x\ny\nz\n")
    images, masks = tmp_path / "images", tmp_path / "masks"
    (images / "a.png").write_bytes(b"text")
    (masks / "a.png").write_bytes(b"")
    write(masks / "b.png", labels((20, 29)))
    write(masks / "c.png", labels(classes=4))
    write(masks / "d.png", labels() * 0)
    write(images / "e.png", image(1))  # the pixels of b
    (masks / "f.png").unlink()
    write(masks / "z.png", labels())
    write(images / "g.jpg", image(50))
    data = (images / "h.png").read_bytes()
    (images / "h.png").write_bytes(data[:-20])
    write_list(tmp_path, "train", "a", "b", "nowhere")
    write_list(tmp_path, "val", "b", "c")
    problems = found(tmp_path)
    expected = [
        ("g.png", "expected one file of a name. Received: g.jpg"),
        ("z.png", "expected an image of the same name. Received: none"),
        ("a.png", "cannot be decoded"),
        ("a.png", "is empty (0 bytes)"),
        ("b.png", "expected the image's size"),
        ("c.png", "expected labels 0 to 2, or 255 to ignore. Received: 3"),
        ("d.png", "expected labelled pixels. Received: x only"),
        ("e.png", f"expected an image like no other. Received: the pixels of {images}"),
        ("f.png", "expected a mask of the same name. Received: none"),
        ("h.png", "is truncated"),
        ("train.txt", "expected names of images. Received: 'nowhere'"),
        ("val.txt", "expected images that train.txt does not name. Received: 'b'"),
    ]
    assert len(problems) == len(expected)
    for (name, what), (of, beginning) in zip(problems, expected, strict=True):
        assert name == of and what.startswith(beginning)


def test_masks_that_only_ignore_are_empty(tmp_path):
    label_folder(tmp_path)
    write(tmp_path / "masks" / "b.png", np.full((20, 30), 255, np.uint8))
    message = "expected labelled pixels. Received: pixels to ignore only"
    assert found(tmp_path) == [("b.png", message)]


def test_masks_of_one_class_only_are_listed(tmp_path):
    label_folder(tmp_path)
    (tmp_path / "classes.txt").write_text("ground\nroad\ncar\n")
    write(tmp_path / "masks" / "b.png", np.full((20, 30), 2, np.uint8))
    ignored = np.ones((20, 30), np.uint8)
    ignored[0] = 255
    write(tmp_path / "masks" / "c.png", ignored)
    write(tmp_path / "masks" / "d.png", (ignored == 255) * np.uint8(255))
    write(tmp_path / "masks" / "e.png", np.maximum(labels(), (ignored == 255) * 255))
    two = "expected two objects or classes. Received: "
    assert found(tmp_path) == [
        ("b.png", f"{two}car only"),
        ("c.png", f"{two}road and pixels to ignore only"),
        (
            "d.png",
            "expected labelled pixels. Received: ground and pixels to ignore only",
        ),
    ]


def test_object_masks_that_cover_everything_are_listed(tmp_path):
    instance_folder(tmp_path / "a")
    write(tmp_path / "a" / "masks" / "b.png", np.full((20, 30), 7, np.uint16))
    what = "expected two objects or classes. Received: object 7 only"
    assert found(tmp_path / "a") == [("b.png", what)]
    stage1_folder(tmp_path / "b")
    for file in (tmp_path / "b" / "b" / "masks").iterdir():
        write(file, np.full((20, 30), 255, np.uint8))
    assert found(tmp_path / "b") == [("masks", what.replace("7", "1"))]


def test_shapes_in_the_alpha_channel_are_listed(tmp_path):
    label_folder(tmp_path)
    hard = np.where(labels(classes=2) == 1, 255, 0).astype(np.uint8)
    for name in "bc":
        flat = np.full((20, 30, 3), 255 * (name == "b"), np.uint8)
        path = str(tmp_path / "masks" / f"{name}.png")
        assert cv2.imwrite(path, np.dstack([flat, hard]))
    problems = found(tmp_path)
    assert [name for name, _ in problems] == ["b.png", "c.png"]
    assert all("in the alpha channel" in what for _, what in problems)


def test_object_masks_that_are_turned_over_are_listed(tmp_path):
    stage1_folder(tmp_path)
    for file in (tmp_path / "a" / "masks").iterdir():
        write(file, np.where(ids() == 1, 0, 255).astype(np.uint8))
    ((name, what),) = found(tmp_path)
    assert name == "1.png" and "white in all four corners" in what


def test_what_was_read_is_said_and_what_is_doubtful_is_listed(tmp_path):
    said = []
    label_folder(tmp_path, mask=labels(classes=2) * np.uint8(255))
    assert found(tmp_path, say=said.append) == []
    assert len(said) == 1 and "binary, and 255 is class 1" in said[0]
    write(tmp_path / "masks" / "c.png", labels(classes=2))
    ((name, what),) = found(tmp_path, say=said.append)
    assert (name, what[-24:]) == ("c.png", "both are read as class 1")
    assert len(said) == 2 and "1 or 255 is class 1" in said[1]


def test_instances(tmp_path):
    instance_folder(tmp_path, "abc")
    write(tmp_path / "masks" / "a.png", ids() * 0)
    apart = ids()
    apart[15:18, 20:25] = 1
    write(tmp_path / "masks" / "b.png", apart)
    problems = found(tmp_path)
    assert [name for name, _ in problems] == ["a.png", "b.png"]
    assert problems[1][1].startswith("expected object 1 in one piece")


def test_one_file_an_instance(tmp_path):
    stage1_folder(tmp_path, "abc")
    write(tmp_path / "a" / "masks" / "2.png", np.zeros((20, 31), np.uint8))
    for file in (tmp_path / "b" / "masks").iterdir():
        write(file, np.zeros((20, 30), np.uint8))
    write(tmp_path / "d" / "images" / "1.png", image(8))
    write(tmp_path / "d" / "images" / "2.png", image(9))
    (tmp_path / "c" / "images" / "c.png").write_bytes(b"")
    (tmp_path / "c" / "masks" / "1.png").write_bytes(b"")
    problems = found(tmp_path)
    assert [name for name, _ in problems] == [
        "images", "2.png", "masks", "c.png", "1.png"
    ]  # fmt: skip


def test_depths_that_the_rule_does_not_fit(tmp_path):
    label_folder(tmp_path)
    write(tmp_path / "images" / "c.png", image(2).astype(np.uint16))
    assert found(tmp_path) == [
        ("c.png", "Expected uint8 pixels. Received: dtype=uint16")
    ]


def test_masks_that_are_no_labels_stop_the_reading(tmp_path):
    label_folder(tmp_path, mask=np.full((20, 30), 300, np.uint16))
    problems = found(tmp_path, format="folder")
    assert len(problems) == 1 and "Received: 300 to 300" in problems[0][1]


def test_a_bad_list_is_named(tmp_path):
    label_folder(tmp_path)
    write_list(tmp_path, "val")
    assert found(tmp_path) == [("val.txt", "lists no images")]


def test_a_folder_of_which_nothing_can_be_used(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / "one" / "images" / f"{name}.png", image())
    assert found(tmp_path) == [("images", "expected one image. Received: 2")]


def test_annotations_of_which_no_image_can_be_used(tmp_path):
    entry = {"id": 1, "file_name": "../a.png"}
    categories = [{"id": 1, "name": "cup"}]
    stated = {"images": [entry], "annotations": [], "categories": categories}
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "all.json").write_text(json.dumps(stated))
    ((name, what),) = found(tmp_path)
    assert name == "all.json" and "../a.png" in what


def test_progress_sees_each_image(tmp_path):
    seen = []

    def progress(items):
        for item in items:
            seen.append(item)
            yield item

    check_data(label_folder(tmp_path), progress=progress)
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.data
def test_the_known_pieces_of_dsb2018():
    root = os.environ.get("KSEG_DATA")
    if not root:
        pytest.skip("KSEG_DATA is not set")
    problems = check_data(f"{root}/dsb2018")
    assert [(Path(p.file).name[:8], p.what[:20]) for p in problems] == [
        ("ef3ef194", "expected object 12 i"),
        ("f6863b83", "expected object 39 i"),
    ]
