"""COCO's JSON, on tiny files; and the real sample."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from kseg.data import check_data, open_dataset
from kseg.data.formats.coco_objects import coco_objects
from kseg.data.reading.annotation import Object
from kseg.errors import DataError
from kseg.imaging.bad_file import BadFile
from tests.data.folders import image, write, write_list

CATEGORIES = [{"id": 7, "name": "cup"}, {"id": 3, "name": "table"}]


def square(x, y, side=4):
    return [x, y, x + side, y, x + side, y + side, x, y + side]


def annotation(number, image_id, category=3, at=(2, 3), **options):
    stated = {
        "id": number,
        "image_id": image_id,
        "category_id": category,
        "segmentation": [square(*at)],
        "bbox": [*at, 4, 4],
        "area": 16.0,
        "iscrowd": 0,
    }
    return stated | options


def coco(root, annotations, names=("a.png", "b.png"), split="instances", **options):
    entries = []
    for i, name in enumerate(names):
        entries.append({"id": i + 1, "file_name": name, "height": 20, "width": 30})
        if not (root / "images" / name).exists() and ".." not in name:
            write(root / "images" / name, image(i + len(split)))
    found = {"images": entries, "annotations": annotations, "categories": CATEGORIES}
    path = root / "annotations" / f"{split}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found | options))
    return path


def wrong(root):
    return [p.what for p in check_data(root)]


def test_polygons_run_lengths_and_crowds(tmp_path):
    mask = np.zeros((20, 30), np.uint8, order="F")
    mask[10:15, 20:28] = 1
    code = coco_mask.encode(mask)
    crowd = {"size": [20, 30], "counts": [0, 40, 560]}  # the first two columns
    several = [square(1, 1), square(10, 12, 2)]
    coco(
        tmp_path,
        [
            annotation(1, 1),
            annotation(
                2, 1, 7, segmentation={**code, "counts": code["counts"].decode()},
                bbox=[20, 10, 8, 5], area=39.5,
            ),
            annotation(3, 1, segmentation=crowd, bbox=[0, 0, 2, 20], iscrowd=1),
            annotation(4, 1, segmentation=several, bbox=[1, 1, 11, 13]),
        ],
    )  # fmt: skip
    dataset = open_dataset(tmp_path)
    assert dataset.class_names == ("background", "table", "cup")
    assert dataset.category_ids == (0, 3, 7) and dataset.kind == "instances"
    found = dataset.objects(0)
    assert found.classes.tolist() == [1, 2, 1, 1]
    assert found.boxes[:2].tolist() == [[3, 2, 7, 6], [10, 20, 15, 28]]
    assert found.crowd.tolist() == [False, False, True, False]
    assert found.areas[:2].tolist() == [16, 39.5]
    assert found.masks[3].sum() == 20 and found.frames[3].tolist() == [1, 1, 14, 12]
    ids = dataset.target(0)
    assert ids.dtype == np.int32 and set(np.unique(ids)) == {0, 1, 2, 4}
    assert len(dataset.objects(1)) == 0 and not dataset.target(1).any()
    assert dataset.items[0].record.image_id == 1
    assert check_data(tmp_path) == []


def test_a_file_for_each_split(tmp_path):
    coco(tmp_path, [annotation(1, 1)], ["t.png"], "instances_train2017")
    coco(tmp_path, [annotation(1, 1)], ["v.png"], "instances_val2017")
    (tmp_path / "annotations" / "captions_val2017.json").write_text("{}")
    os.renames(tmp_path / "images/t.png", tmp_path / "images/train2017/t.png")
    os.renames(tmp_path / "images/v.png", tmp_path / "val2017/v.png")
    assert [i.name for i in open_dataset(tmp_path, split="train").items] == ["train/t"]
    val = open_dataset(tmp_path, split="val")
    assert [i.name for i in val.items] == ["val/v"] and len(val.objects(0)) == 1
    assert check_data(tmp_path) == []


def test_lists_choose(tmp_path):
    coco(tmp_path, [])
    write_list(tmp_path, "val", "b.png")
    assert [i.name for i in open_dataset(tmp_path, split="val").items] == ["b"]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"category_id": 4}, "of the file's 2 categories. Received: category_id=4"),
        ({"category_id": [3]}, "Received: category_id=[3]"),
        ({"segmentation": []}, "polygons of 3 points or more, or run lengths"),
        ({"segmentation": None}, "Received: None"),
        ({"segmentation": [[1, 2, 3, 4]]}, "Received: [[1, 2, 3, 4]]"),
        ({"segmentation": [[1, 2, 3, 4, 5, float("nan")]]}, "polygons of 3 points"),
        ({"segmentation": {"size": [9, 9], "counts": [81]}}, "run lengths of 20x30"),
        ({"segmentation": {"size": [20, 30], "counts": "~"}}, "run lengths of 20x30"),
        ({"bbox": [1, 2, float("inf"), 4]}, "a bbox of x, y, width and height"),
        ({"bbox": [1, 2, -3, 4]}, "a bbox of x, y, width and height"),
        ({"bbox": "1 2 3 4"}, "a bbox of x, y, width and height"),
        ({"segmentation": [square(900, 3)]}, "points in the image of 30x20"),
    ],
)
def test_an_annotation_that_cannot_be_used_is_named(tmp_path, options, what):
    path = coco(tmp_path, [annotation(1, 1), annotation(12, 1, **options)])
    (found,) = check_data(tmp_path)
    assert found.file == str(path) and found.what.startswith("annotation 12 of a: ")
    assert what in found.what
    with pytest.raises(DataError, match="annotation 12 of a"):
        open_dataset(tmp_path).objects(0)


@pytest.mark.parametrize(
    ("options", "what", "count"),
    [
        ({"segmentation": [[1, 1, 1.1, 1, 1, 1.1]]}, "covers a pixel", 1),
        ({"bbox": [40, 50, 3, 3]}, "a box around its mask", 2),
        ({"bbox": [2, 3, 0, 4]}, "a box around its mask", 2),
        ({"segmentation": [square(27, 3, 6)], "bbox": [27, 3, 6, 6]}, "points in", 2),
    ],
)
def test_what_can_be_read_around_is_reported_and_read(tmp_path, options, what, count):
    coco(tmp_path, [annotation(1, 1), annotation(12, 1, **options)])
    found = wrong(tmp_path)
    assert found and what in found[0]
    assert len(open_dataset(tmp_path).objects(0)) == count


def test_files_and_images_that_do_not_fit(tmp_path):
    coco(tmp_path, [annotation(1, 1), annotation(2, 9), annotation(3, 9), 5])
    (tmp_path / "images" / "b.png").unlink()
    write(tmp_path / "images" / "a.png", image(size=(20, 31)))
    found = wrong(tmp_path)
    assert [f.split(". ")[0] for f in found] == [
        "annotation number 4: expected an image_id",
        "expected annotations of images in the file",
        f"expected the size of {tmp_path}/images/a.png, 20x31 (height x width)",
        "there is no such file",
    ]
    assert "image_id=9 in 2 of them" in found[1]


@pytest.mark.parametrize("name", ["../a.png", "/etc/passwd", "x/../../a.png", "", 5])
def test_paths_do_not_climb_out_of_the_folder(tmp_path, name):
    path = coco(tmp_path, [])
    found = json.loads(path.read_text())
    found["images"][1]["file_name"] = name
    path.write_text(json.dumps(found))
    assert "a file_name below images/" in wrong(tmp_path)[0]
    with pytest.raises(DataError, match="without leaving the folder"):
        open_dataset(tmp_path)


def test_names_and_ids_twice(tmp_path):
    coco(tmp_path, [], ["a.png", "a.png"])
    assert "of its own for each image. Received: 'a' with id 2" in wrong(tmp_path)[0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[1]", "a JSON object. Received: list"),
        ("{", "expected JSON"),
        ("[" * 5000, "expected JSON"),
        ('{"images": []}', "a list of 'categories'. Received: NoneType"),
        ('{"categories": [{"id": 1}]}', "a number of their own as id, and a name"),
        ('{"categories": []}', "expected categories. Received: none"),
        (
            '{"categories": [{"id": 1, "name": "x"}], "images": [], "annotations": []}',
            "expected images. Received: an empty list",
        ),
    ],
)
def test_a_file_that_is_none(tmp_path, text, what):
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "a.json").write_text(text)
    with pytest.raises(DataError, match="a.json: .*"):
        open_dataset(tmp_path)
    try:
        open_dataset(tmp_path)
    except DataError as error:
        assert what in str(error)


def test_categories_must_agree(tmp_path):
    coco(tmp_path, [], ["t.png"], "train")
    coco(tmp_path, [], ["v.png"], "val", categories=CATEGORIES[:1])
    with pytest.raises(DataError, match="val.json: expected the categories of"):
        open_dataset(tmp_path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["size", "counts"]), inner, max_size=2)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(["category_id", "segmentation", "bbox", "iscrowd", "area", "id"])


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3))
def test_no_annotation_crashes(changes):
    class Item:
        name, image = "a", Path("a.png")

        class record:
            path, size, classes = Path("a.json"), (20, 30), {3: 1}
            annotations = [annotation(1, 1, **changes)]

    for thing in coco_objects(Item, (20, 30)):
        assert isinstance(thing, Object | BadFile)


@pytest.mark.data
def test_the_real_sample():
    """To the pixel what pycocotools draws; counts of its README."""
    if "KSEG_DATA" not in os.environ:
        pytest.skip("KSEG_DATA is not set")
    root = Path(os.environ["KSEG_DATA"]) / "coco128"
    dataset = open_dataset(root)
    assert (len(dataset), len(dataset.class_names)) == (128, 81)
    counts = np.zeros(81, int)
    for i in range(len(dataset)):
        found = dataset.objects(i)
        np.add.at(counts, found.classes, 1)
        record = dataset.items[i].record
        if i % 8:
            continue
        codes = found.to_rle()
        for code, stated in zip(codes, record.annotations, strict=True):
            parts = coco_mask.frPyObjects(stated["segmentation"], *found.size)
            code["counts"] = code["counts"].encode()
            assert code == coco_mask.merge(parts)
    assert counts.sum() == 929 and np.count_nonzero(counts) == 71
    assert counts[[1, 3]].tolist() == [254, 46]
    assert check_data(root) == []
