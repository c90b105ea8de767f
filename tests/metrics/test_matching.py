"""Matching of instances: against dense masks and every assignment, and by hand."""

import doctest
import time

import numpy as np
import pytest

import kseg.metrics.matching
from kseg.metrics import match_id_maps
from tests.reference import metrics as reference


def random_ids(seed, shape, objects):
    """Rectangles over each other: some vanish, so that ids have gaps."""
    rng = np.random.default_rng(seed)
    ids = np.zeros(shape, "int32")
    for i in range(1, objects + 1):
        top, left = rng.integers(0, shape[0]), rng.integers(0, shape[1])
        height, width = rng.integers(1, 5, 2)
        ids[top : top + height, left : left + width] = i
    return ids


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("shape", [(5, 9), (8, 6)])
def test_against_dense_masks_and_every_assignment(seed, shape):
    true = random_ids(seed, shape, 5)
    predicted = np.roll(true, seed % 3, axis=1)
    if seed % 2:
        predicted = random_ids(100 + seed, shape, 4)
    match = match_id_maps(true, predicted)
    found = {
        (int(match.true_ids[i]), int(match.predicted_ids[j])): iou
        for (i, j), iou in zip(match.pairs, match.iou, strict=True)
    }
    assert found == reference.iou_table(true, predicted)
    for threshold in (0.1, 0.3, 0.5, 0.55, 0.7, 1.0):
        assert match.hits(threshold) == reference.hits(true, predicted, threshold)
    assert match.foreground_intersection == ((true > 0) & (predicted > 0)).sum()
    assert match.foreground_union == ((true > 0) | (predicted > 0)).sum()


class TestExactlyOneHalf:
    def test_two_halves_of_one_object_are_one_hit(self):
        match = match_id_maps([[1, 1, 1, 1]], [[5, 5, 6, 6]])
        assert match.iou.tolist() == [0.5, 0.5]
        assert (match.hits(0.5), match.hits(0.51)) == (1, 0)

    def test_the_most_pairs_are_taken(self):
        """A chain: 2 could take 10 or 11; only with 11 there is a partner for 1."""
        true = [[1, 2, 2, 0]]
        predicted = [[10, 10, 11, 0]]
        match = match_id_maps(true, predicted)
        assert match.iou.tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 2])
        assert match.hits(0.5) == 2
        assert match.hits(1 / 3) == 2

    def test_equality_counts_at_every_twentieth(self):
        """IoU n/20 exactly: a hit at n/20, none a hair above."""
        for n in range(10, 20):
            true = np.zeros((1, 20), "uint8")
            true[0, :n] = 1
            match = match_id_maps(true, np.ones((1, 20), "uint8"))
            assert match.hits(n / 20) == 1
            assert match.hits(np.nextafter(n / 20, 1)) == 0


@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (1, 1), (3, 5)])
def test_nothing_on_either_side(shape):
    match = match_id_maps(np.zeros(shape, "uint16"), np.zeros(shape, "int64"))
    assert match.true_ids.size == match.predicted_ids.size == match.iou.size == 0
    assert match.pairs.shape == (0, 2)
    assert match.hits(0.5) == match.hits(0.7) == match.foreground_union == 0


@pytest.mark.parametrize("big", [7, 70_000, 2**31 - 1, 2**62])
def test_ids_may_be_any_numbers(big):
    true = np.array([[0, 3, 3, big]], "int64")
    match = match_id_maps(true, np.array([[big, 3, 0, big]], "int64"))
    assert match.true_ids.tolist() == match.predicted_ids.tolist() == [3, big]
    assert match.pairs.tolist() == [[0, 0], [1, 1]]
    assert match.iou.tolist() == [0.5, 0.5]
    whole = match_id_maps(np.full((2, 2), big), np.full((2, 2), big))
    assert whole.true_ids.tolist() == [big] and whole.iou.tolist() == [1.0]


def test_time_does_not_follow_the_product_of_the_objects():
    """10,000 by 10,000 objects; 10^8 pairs would take minutes, or a gigabyte."""
    rows, columns = np.mgrid[:600, :600]
    ids = (rows // 6 * 100 + columns // 6 + 1).astype("int32")
    start = time.perf_counter()
    match = match_id_maps(ids, np.roll(ids, 1, axis=1))
    assert match.true_ids.size == 10_000 and match.pairs.shape[0] == 20_000
    assert match.hits(0.5) == match.hits(0.7) == 10_000  # 30 / 42
    assert match.hits(0.75) == 0
    assert time.perf_counter() - start < 5.0


@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        ([[1, 2]], [[1]], "of one size"),
        ([1, 2], [1, 2], "of one size"),
        ([[1.0]], [[1]], "true_ids must hold integer"),
        ([[1]], [[-1]], "predicted_ids must hold ids of at least 0"),
    ],
)
def test_maps_that_do_not_fit_are_refused(true, predicted, message):
    with pytest.raises(ValueError, match=message):
        match_id_maps(true, predicted)


def test_examples_in_docstrings():
    result = doctest.testmod(kseg.metrics.matching)
    assert result.attempted > 0 and result.failed == 0
