"""PASCAL VOC's folders, on tiny files; and the real sample."""

import os

import numpy as np
import pytest

from kseg.data import check_data, open_dataset
from kseg.errors import DataError
from kseg.imaging import voc_palette
from tests.data.folders import image, png, write

# Every class and the void border, in three rows.
INDICES = np.repeat(np.array([[*range(21), 255]], np.uint8), 3, axis=0)
PALETTE = bytes(np.array(voc_palette(256), np.uint8))
LISTS = {"train": "2007_1\n2007_2\n", "val": "2007_3\n"}


def year(home, lists=LISTS):
    for i in range(1, 5):  # the last has no mask, and no list names it
        write(home / "JPEGImages" / f"2007_{i}.jpg", image(i, (3, 22), 3))
    for i in range(1, 4):
        png(home / "SegmentationClass" / f"2007_{i}.png", INDICES, 8, 3, PALETTE)
    (home / "ImageSets" / "Segmentation").mkdir(parents=True)
    for split, text in lists.items():
        (home / "ImageSets" / "Segmentation" / f"{split}.txt").write_text(text)
    return home


def names(root, split):
    return [item.name for item in open_dataset(root, split=split).items]


def test_indices_names_and_colours(tmp_path):
    dataset = open_dataset(year(tmp_path), split="train")
    assert dataset.target(1).tolist() == INDICES.tolist()
    assert dataset.class_names[0] == "background" and len(dataset.class_names) == 21
    assert dataset.class_names[15] == "person" and dataset.notes == ()
    assert dataset.palette[15] == (192, 128, 128) and dataset.ignore_label == 255
    assert check_data(tmp_path) == []


@pytest.mark.parametrize("inside", ["", "VOC2012", "VOCdevkit/VOC2012"])
def test_the_folder_around_it_may_be_named(tmp_path, inside):
    year(tmp_path / inside)
    assert names(tmp_path, "train") == ["2007_1", "2007_2"]
    assert names(tmp_path, "val") == ["2007_3"]
    assert names(tmp_path, None) == ["2007_1", "2007_2", "2007_3"]


def test_of_several_years_the_newest_is_read_and_that_is_said(tmp_path):
    year(tmp_path / "VOC2012", {"train": "2007_2\n", "val": "2007_3\n"})
    year(tmp_path / "VOC2007")
    dataset = open_dataset(tmp_path, split="train")
    assert [item.name for item in dataset.items] == ["2007_2"]
    assert "holds VOC2007, VOC2012; VOC2012 is read" in dataset.notes[0]
    assert names(tmp_path / "VOC2007", "train") == ["2007_1", "2007_2"]


def test_the_additional_masks(tmp_path):
    """SBD's converted masks are gray; where VOC has a mask of its own, that is read."""
    year(tmp_path)
    for i in (3, 4):
        write(tmp_path / "SegmentationClassAug" / f"2007_{i}.png", INDICES[:, ::-1])
    lines = "/JPEGImages/2007_4.jpg /SegmentationClassAug/2007_4.png\n2007_1\n"
    (tmp_path / "ImageSets" / "Segmentation" / "trainaug.txt").write_text(lines)
    assert names(tmp_path, "trainaug") == ["2007_4", "2007_1"]
    assert open_dataset(tmp_path, split="trainaug").target(0)[0, 1] == 20
    assert open_dataset(tmp_path, split="val").target(0)[0, 1] == 1
    assert check_data(tmp_path) == []


def test_an_image_that_only_a_list_names_has_no_mask(tmp_path):
    year(tmp_path, {**LISTS, "test": "2007_4\n"})
    test = open_dataset(tmp_path, split="test")
    assert test.image(0).shape == (3, 22, 3)
    with pytest.raises(DataError, match=r"2007_4\.jpg: expected a mask of the same"):
        test.target(0)


def test_what_is_wrong_is_named(tmp_path):
    year(tmp_path, {"train": "2007_1\n2007_9\n", "val": "2007_3\n"})
    folder = tmp_path / "SegmentationClass"
    png(folder / "2007_1.png", INDICES + 21 * (INDICES == 20), 8, 3, PALETTE)
    (tmp_path / "JPEGImages" / "2007_2.jpg").write_bytes(b"\xff\xd8\xff")
    write(folder / "2007_3.png", np.full((3, 22), 255, np.uint8))
    (tmp_path / "ImageSets" / "Segmentation" / "val.txt").write_bytes(b"\xff\xfe\x00")
    found = {os.path.basename(p.file): p.what for p in check_data(tmp_path)}
    assert found.keys() == {
        "2007_1.png", "2007_2.jpg", "2007_3.png", "train.txt", "val.txt"
    }  # fmt: skip
    assert "labels 0 to 20, or 255 to ignore. Received: 41" in found["2007_1.png"]
    assert "Received: '2007_9', which the data folder" in found["train.txt"]
    assert "Received: pixels to ignore only" in found["2007_3.png"]


def test_a_folder_of_another_layout(tmp_path):
    (tmp_path / "VOC2012" / "JPEGImages").mkdir(parents=True)
    with pytest.raises(DataError, match="JPEGImages/ and SegmentationClass/"):
        open_dataset(tmp_path, format="voc")


@pytest.mark.data
def test_the_real_sample():
    """Shares of pixels by another reader of palette PNGs."""
    if "KSEG_DATA" not in os.environ:
        pytest.skip("KSEG_DATA is not set")
    root = f"{os.environ['KSEG_DATA']}/voc2007-sample"
    sizes = [len(open_dataset(root, split=s)) for s in ("train", "val", "trainval")]
    assert sizes == [20, 24, 44]
    sample = open_dataset(root)
    counts = sum(
        np.bincount(sample.target(i).ravel(), minlength=256) for i in range(44)
    )
    shares = 100 * counts / counts.sum()
    expected = [66.71, 1.65, 0.46, 6.86, 2.57, 3.78]
    np.testing.assert_allclose(shares[[0, 1, 2, 15, 20, 255]], expected, atol=0.006)
    assert check_data(root) == []


def own_classes(home, masks):
    for i, mask in enumerate(masks):
        write(home / "JPEGImages" / f"{i}.jpg", image(i, (20, 24), 3))
        path = home / "SegmentationClass" / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        mask(path) if callable(mask) else write(path, mask)
    lists = home / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "default.txt").write_text("".join(f"{i}\n" for i in range(len(masks))))
    return home


CRACK = np.zeros((20, 24), np.uint8)
CRACK[4:9] = 1
SPOT = (250, 50, 83)
COLOURED = np.array([(0, 0, 0), SPOT], np.uint8)[CRACK]
LABELMAP = """# label:color_rgb:parts:actions
crack:250,50,83::
background:0,0,0::
"""


def test_colours_of_cvat(tmp_path):
    root = own_classes(tmp_path, [COLOURED, COLOURED])
    with pytest.raises(
        DataError, match="the colours of PASCAL VOC.*write classes.txt b"
    ):
        open_dataset(root).target(0)
    for name, text in (
        ("labelmap.txt", LABELMAP),
        ("classes.txt", "background 0 0 0\ncrack 250 50 83\n"),  # as is advised
    ):
        (root / name).write_text(text)
        dataset = open_dataset(root)
        assert dataset.class_names == ("background", "crack")
        assert dataset.palette[1] == SPOT
        np.testing.assert_array_equal(dataset.target(0), CRACK)
        assert check_data(root) == []
        (root / name).unlink()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("crack\n", "name:red,green,blue:: in each line. Received: 'crack'"),
        ("a:1,2,3::\nb:1,2,3::\n", "each of another colour"),
        ("background:0,0,0::\n", "two classes or more"),
    ],
)
def test_bad_labelmap(tmp_path, text, message):
    root = own_classes(tmp_path, [COLOURED])
    (root / "labelmap.txt").write_text(text)
    with pytest.raises(DataError, match=rf"labelmap\.txt: .*{message}"):
        open_dataset(root)


def test_a_labelmap_without_a_background(tmp_path):
    root = own_classes(tmp_path, [COLOURED])
    (root / "labelmap.txt").write_text("crack:250,50,83::\n")
    assert open_dataset(root).class_names == ("background", "crack")


def test_names_of_labelme(tmp_path):
    def saved(path):
        png(path, CRACK, 8, 3, PALETTE)

    root = own_classes(tmp_path, [saved, saved])
    (root / "class_names.txt").write_text("_background_\ncrack\n")
    dataset = open_dataset(root)
    assert dataset.class_names == ("_background_", "crack")
    np.testing.assert_array_equal(dataset.target(1), CRACK)


def test_colours_of_voc_as_colours(tmp_path):
    """A palette in another order, and no palette at all: the colours are the same."""
    colours = np.array(voc_palette(256), np.uint8)
    year(tmp_path)
    write(tmp_path / "SegmentationClass" / "2007_1.png", colours[INDICES])
    order = np.r_[255, 0:21]
    place = np.argsort(order)
    at = np.where(INDICES == 255, 0, INDICES + 1)
    assert (order[at] == INDICES).all() and place[0] == 1
    shuffled = bytes(colours[order])
    png(tmp_path / "SegmentationClass" / "2007_2.png", at, 8, 3, shuffled)
    dataset = open_dataset(tmp_path, split="train")
    for index in range(2):
        np.testing.assert_array_equal(dataset.target(index), INDICES)
