import numpy as np
import pytest

from kseg.data.pipeline.cache import CachedReader
from kseg.errors import DataError
from tests.data.array_dataset import ArrayDataset, random_dataset


@pytest.mark.parametrize("kind", ["instances", "labels"])
@pytest.mark.parametrize("megabytes", [0, 0.006, 100])
def test_returns_what_the_data_set_holds(kind, megabytes):
    dataset = random_dataset(kind)
    reader = CachedReader(dataset, megabytes)
    for index in [*range(len(dataset))] * 2:
        image, target = reader.read(index)
        np.testing.assert_array_equal(image, dataset.image(index))
        np.testing.assert_array_equal(target, dataset.target(index))
        assert target.dtype == (np.int32 if kind == "instances" else np.uint8)


@pytest.mark.parametrize(("megabytes", "reads"), [(100, 7), (0, 14)])
def test_reads_once_what_fits(megabytes, reads):
    dataset = random_dataset()
    reader = CachedReader(dataset, megabytes)
    for index in [*range(7)] * 2:
        reader.read(index)
    assert len(dataset.reads) == reads


def test_keeps_no_more_than_the_budget():
    # An image of 3000 bytes and ids of 1000: two of five fit into 0.0085 MB.
    images = [np.zeros((20, 50, 3), np.uint8) for _ in range(5)]
    for image in images:
        image[0, 0, 0] = 1
    dataset = ArrayDataset("instances", images, [np.zeros((20, 50), np.int32)] * 5)
    reader = CachedReader(dataset, 0.0085)
    for index in [*range(5)] * 2:
        reader.read(index)
    assert dataset.reads == [0, 1, 2, 3, 4, 2, 3, 4]


def test_grey_images_are_one_channel():
    reader = CachedReader(random_dataset(grey=True), 1)
    assert reader.read(0)[0].shape == (20, 48, 1)
    assert CachedReader(random_dataset(), 1).read(0)[0].shape == (20, 48, 3)


@pytest.mark.parametrize("greatest", [255, 256, 70000])
def test_any_number_of_ids(greatest):
    image, ids = np.zeros((2, 2, 1), np.uint8), np.array([[0, 1], [2, greatest]])
    reader = CachedReader(ArrayDataset("instances", [image], [ids], 1), 1)
    np.testing.assert_array_equal(reader.read(0)[1], ids)


def test_sizes_reads_everything_once():
    dataset = random_dataset()
    reader = CachedReader(dataset, 100)
    assert reader.sizes() == [(20 + 3 * i, 48 - 4 * i) for i in range(7)]
    reader.read(3)
    assert sorted(dataset.reads) == [*range(7)]


def test_sizes_names_a_bad_file():
    with pytest.raises(DataError, match=r"5\.png"):
        CachedReader(random_dataset(bad=5), 100).sizes()


def test_negative_budget_is_refused():
    with pytest.raises(ValueError, match="cache_mb=-1"):
        CachedReader(random_dataset(), -1)
