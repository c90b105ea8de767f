"""kseg.data.pipeline.arrays.batches: order, resuming, and errors of what makes them."""

import numpy as np
import pytest

from kseg.data.pipeline.arrays.batches import ArrayBatches
from kseg.data.pipeline.epochs import epoch_order
from kseg.errors import DataError


def make(index, seed):
    return np.array([index]), {"seed": seed, "pair": (np.zeros(2), np.ones(3))}


def epoch(batches):
    return [batches[i] for i in range(len(batches))]


def test_the_order_is_that_of_tensorflows_pipeline():
    batches = ArrayBatches(make, 5, 2, seed=3)
    for number in (0, 4):
        batches.start(number)
        found = epoch(batches)
        order, seeds = epoch_order(5, 2, 3, number)
        assert len(found) == len(batches) == 3
        np.testing.assert_array_equal(
            np.concatenate([index for index, _ in found])[:, 0], order
        )
        np.testing.assert_array_equal(
            np.concatenate([other["seed"] for _, other in found]),
            seeds.astype(np.uint32),
        )
    assert found[0][1]["pair"][0].shape == (2, 2)
    assert found[0][1]["pair"][1].shape == (2, 3)


def test_what_was_asked_before_changes_nothing():
    """``fit`` takes a batch to build the network with."""
    expected = epoch(ArrayBatches(make, 9, 2, seed=1, start_epoch=2))
    batches = ArrayBatches(make, 9, 2, seed=1)
    for i in (0, 1, 0):
        batches[i]
    batches.start(2)
    for a, b in zip(epoch(batches), expected, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1]["seed"], b[1]["seed"])


def test_a_bad_file_ends_it_with_its_own_error():
    def fails(index, seed):
        raise DataError("b.png is no image")

    with pytest.raises(DataError, match="b.png"):
        ArrayBatches(fails, 3, 2)[0]
