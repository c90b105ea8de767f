import numpy as np
import pytest

from kseg.data.pipeline.labels_from_ids import (
    border_labels,
    contact_labels,
    cut_ridge,
    foreground_labels,
    ridge_labels,
)
from tests.reference import targets as reference


def random_ids(shape, seed=0, cell=5):
    """Touching blocks, some background, with specks of one pixel."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 9, [-(-n // cell) for n in shape])
    ids = np.kron(cells, np.ones((cell, cell), int))[: shape[0], : shape[1]]
    specks = rng.random(shape) < 0.03
    ids[specks] = rng.integers(10, 20, specks.sum())
    return ids.astype(np.int32)


@pytest.mark.parametrize("shape", [(17, 24), (1, 9), (13, 1)])
@pytest.mark.parametrize("width", [1, 2, 2.5])
def test_border_equals_the_oracle(shape, width):
    ids = random_ids(shape, cell=9)
    labels = border_labels(ids, width)
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, reference.border_labels(ids, width))


def test_border_by_hand():
    labels = border_labels(np.array([[0, 3, 3, 3, 3, 8, 8, 8]]))
    np.testing.assert_array_equal(labels, [[0, 2, 1, 1, 2, 2, 1, 1]])


@pytest.mark.parametrize("shape", [(17, 24), (1, 9), (13, 1)])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_contact_equals_the_oracle(shape, width):
    ids = random_ids(shape, cell=6)
    labels = contact_labels(ids, width)
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, reference.contact_labels(ids, width))


def test_contact_by_hand():
    labels = contact_labels(np.array([[0, 3, 3, 3, 8, 8, 0]]), 1)
    np.testing.assert_array_equal(labels, [[0, 1, 1, 2, 2, 1, 0]])


def test_an_object_alone_has_no_contact():
    ids = np.zeros((9, 9), int)
    ids[3:6, 3:6] = 4
    np.testing.assert_array_equal(contact_labels(ids), ids > 0)


@pytest.mark.parametrize("make", [border_labels, contact_labels])
@pytest.mark.parametrize("width", [1, 2, 4])
def test_every_object_keeps_an_interior(make, width):
    ids = random_ids((30, 40), seed=3)
    labels = make(ids, width)
    for number in set(ids[ids > 0].tolist()):
        assert (labels[ids == number] == 1).any()


def test_border_turns_with_its_ids():
    ids = random_ids((18, 18), seed=5)
    np.testing.assert_array_equal(
        border_labels(np.rot90(ids).copy(), 2), np.rot90(border_labels(ids, 2))
    )


@pytest.mark.parametrize("shape", [(17, 24), (1, 9), (13, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_separate_equals_the_oracle(shape, dtype):
    ids = random_ids(shape, seed=1).astype(dtype)
    cut = cut_ridge(ids)
    assert cut.dtype == dtype
    np.testing.assert_array_equal(cut, reference.separate(ids))


def test_separate_by_hand():
    np.testing.assert_array_equal(
        cut_ridge(np.array([[0, 3, 3, 3, 8, 8]])), [[0, 3, 3, 0, 8, 8]]
    )


def test_ridges_separate_objects_under_eight_neighbours():
    from skimage.measure import label

    ids = np.kron(np.arange(1, 13).reshape(3, 4), np.ones((6, 6), int))
    assert label(ids > 0, connectivity=2).max() == 1
    ridges = ridge_labels(ids)
    assert ridges.dtype == np.uint8 and set(np.unique(ridges)) == {0, 1}
    assert label(ridges, connectivity=2).max() == 12


def test_foreground():
    labels = foreground_labels(np.array([[0, 300, 1]]))
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, [[0, 1, 1]])


@pytest.mark.parametrize(
    "make", [border_labels, contact_labels, ridge_labels, cut_ridge]
)
@pytest.mark.parametrize("shape", [(0, 5), (4, 0), (3, 3)])
def test_without_objects(make, shape):
    np.testing.assert_array_equal(make(np.zeros(shape, np.int32)), np.zeros(shape))


def test_one_object_that_fills_the_image_is_interior():
    np.testing.assert_array_equal(border_labels(np.full((3, 4), 7)), np.ones((3, 4)))


@pytest.mark.parametrize("width", [0, -1])
def test_borders_out_of_range_are_refused(width):
    with pytest.raises(ValueError, match=f"width={width}"):
        border_labels(np.zeros((3, 3), np.int32), width)


def test_contact_out_of_range_is_refused():
    with pytest.raises(ValueError, match="width=0"):
        contact_labels(np.zeros((3, 3), np.int32), 0)
