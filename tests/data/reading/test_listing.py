import numpy as np
import pytest

from kseg.data.reading.listing import list_folder
from kseg.errors import DataError
from tests.data.folders import image, label_folder, labels, stage1_folder, write


def test_pairs_are_sorted_by_name(tmp_path):
    write(tmp_path / "images" / "b.png", image())
    write(tmp_path / "images" / "a.jpg", image())
    write(tmp_path / "images" / "c.png", image())
    write(tmp_path / "masks" / "a.png", labels())
    write(tmp_path / "masks" / "b.tif", labels())
    write(tmp_path / "masks" / "x.png", labels())
    listing = list_folder(tmp_path)
    names = [(i.name, i.image.name, i.mask and i.mask.name) for i in listing.items]
    assert names == [
        ("a", "a.jpg", "a.png"), ("b", "b.png", "b.tif"), ("c", "c.png", None)
    ]  # fmt: skip
    assert [path.name for path in listing.unused] == ["x.png"] and not listing.bad


def test_labels_is_another_name_of_masks_and_folders_may_be_nested(tmp_path):
    write(tmp_path / "images" / "train" / "a.png", image())
    write(tmp_path / "labels" / "train" / "a.png", labels())
    assert [item.name for item in list_folder(tmp_path).items] == ["train/a"]


def test_names_with_dots(tmp_path):
    write(tmp_path / "images" / "a.1.png", image())
    write(tmp_path / "images" / "a.2.png", image())
    write(tmp_path / "masks" / "a.1.png", labels())
    items = list_folder(tmp_path).items
    assert [(item.name, item.mask is None) for item in items] == [
        ("a.1", False), ("a.2", True)
    ]  # fmt: skip


def test_two_files_of_a_name(tmp_path):
    label_folder(tmp_path)
    write(tmp_path / "images" / "a.jpg", image())
    write(tmp_path / "masks" / "b.tif", labels())
    listing = list_folder(tmp_path)
    assert len(listing.items) == 5
    assert [str(error.file).rsplit("/", 1)[1] for error in listing.bad] == [
        "a.png", "b.tif"
    ]  # fmt: skip


def test_a_folder_for_each_image(tmp_path):
    stage1_folder(tmp_path, "ab")
    write(tmp_path / "c" / "images" / "c.png", image())
    write(tmp_path / "d" / "images" / "d.png", image())
    write(tmp_path / "d" / "images" / "e.png", image())
    listing = list_folder(tmp_path)
    counts = [(item.name, len(item.mask or ())) for item in listing.items]
    assert counts == [("a", 2), ("b", 3), ("c", 0)]
    assert "expected one image. Received: 2" in str(listing.bad[0])


def test_no_name_in_common(tmp_path):
    write(tmp_path / "images" / "a.png", image())
    write(tmp_path / "masks" / "a_mask.png", np.zeros((2, 2), np.uint8))
    with pytest.raises(DataError, match="'a' in images/ and 'a_mask' in masks/"):
        list_folder(tmp_path)
