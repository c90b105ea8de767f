import numpy as np
import pytest
import tifffile

from kseg.data import open_dataset
from kseg.errors import DataError
from kseg.imaging import Intensity
from tests.data.folders import image, instance_folder, label_folder, labels, write


def test_images_and_labels(tmp_path):
    dataset = open_dataset(label_folder(tmp_path, "ab"))
    assert len(dataset) == 2 and dataset.kind == "labels"
    assert dataset.image(1).shape == (20, 30, 3)
    np.testing.assert_array_equal(dataset.image(1)[..., 2], image(1))
    assert dataset.target(1).dtype == np.uint8
    np.testing.assert_array_equal(dataset.target(1), labels())


def test_images_can_be_written_to(tmp_path):
    read = open_dataset(label_folder(tmp_path, "ab")).image(0)
    read[0, 0, 0] ^= 1  # a repeated gray channel is no view of one row of memory
    assert read[0, 0, 0] != read[0, 0, 1]


def test_channels(tmp_path):
    label_folder(tmp_path, "ab")
    write(tmp_path / "images" / "a.png", np.full((20, 30, 3), (200, 100, 50), np.uint8))
    gray = open_dataset(tmp_path, channels=1)
    assert gray.image(0)[0, 0].tolist() == [124] and gray.image(1).shape == (20, 30, 1)
    with pytest.raises(DataError, match=r"a\.png: Expected an image of 4 channels"):
        open_dataset(tmp_path, channels=4).image(0)


def test_a_rule_of_intensity_comes_with_channels(tmp_path):
    label_folder(tmp_path, "ab")
    stack = np.stack([np.full((20, 30), 1000 * i, np.uint16) for i in range(5)])
    tifffile.imwrite(tmp_path / "images" / "c.tif", stack)
    write(tmp_path / "masks" / "c.png", labels())
    rule = Intensity("range", low=0, high=4000, channels=(4, 1))
    dataset = open_dataset(tmp_path, channels=2, intensity=rule).subset("c")
    assert dataset.image(0)[0, 0].tolist() == [255, 64]


def test_pixels_are_as_stored(tmp_path):
    label_folder(tmp_path, "ab")
    write(tmp_path / "images" / "a.png", image(3).astype(np.uint16) * 9)
    dataset = open_dataset(tmp_path)
    np.testing.assert_array_equal(dataset.pixels(0)[..., 0], image(3) * np.uint16(9))
    assert dataset.intensity == Intensity("percentile")
    assert dataset.image(0).dtype == np.uint8 and dataset.image(0).max() == 255


def test_ignored_pixels(tmp_path):
    mask = labels()
    mask[:4] = 255
    target = open_dataset(label_folder(tmp_path, "ab", mask)).target(0)
    assert (target[:4] == 255).all() and target[4:].max() == 2


def test_instance_ids_are_int32(tmp_path):
    dataset = open_dataset(instance_folder(tmp_path))
    assert dataset.kind == "instances"
    assert dataset.target(2).dtype == np.int32
    assert [dataset.target(i).max() for i in range(3)] == [1, 2, 3]


def test_the_target_alone_is_checked_against_its_image(tmp_path):
    label_folder(tmp_path, "ab")
    write(tmp_path / "masks" / "b.png", labels((20, 31)))
    dataset = open_dataset(tmp_path)
    message = r"b\.png: expected the image's size, 20x30 .* Received: 20x31"
    with pytest.raises(DataError, match=message):
        dataset.target(1)
    dataset.image(1)
    with pytest.raises(DataError, match=message):
        dataset.target(1)


def test_subset_keeps_the_given_order(tmp_path):
    dataset = open_dataset(label_folder(tmp_path))
    part = dataset.subset(["d", "a"])
    assert [item.name for item in part.items] == ["d", "a"]
    np.testing.assert_array_equal(part.image(0), dataset.image(3))
    assert (part.class_names, part.palette) == (dataset.class_names, dataset.palette)
    with pytest.raises(DataError, match="Received: 'x' and 1 more"):
        dataset.subset(["a", "x", "y"])
