import numpy as np
import pytest

from kseg.data.pipeline.epochs import epoch_order, steps_per_epoch


@pytest.mark.parametrize(("images", "batch_size"), [(12, 4), (13, 4), (2, 5), (1, 3)])
def test_full_batches_of_evenly_shown_images(images, batch_size):
    order, seeds = epoch_order(images, batch_size, seed=0, epoch=0)
    assert len(order) % batch_size == 0 and len(order) - images < batch_size
    assert len(order) == batch_size * steps_per_epoch(range(images), batch_size)
    assert seeds.shape == (len(order), 2) and seeds.dtype == np.int32
    assert len(np.unique(seeds, axis=0)) == len(seeds)
    shown = np.bincount(order, minlength=images)
    assert shown.min() >= 1 and shown.max() - shown.min() <= 1


def test_order_depends_on_seed_and_epoch_alone():
    first, seeds = epoch_order(50, 5, seed=3, epoch=7)
    again, seeds_again = epoch_order(50, 5, seed=3, epoch=7)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(seeds, seeds_again)
    for other in (epoch_order(50, 5, 4, 7), epoch_order(50, 5, 3, 8)):
        assert not np.array_equal(first, other[0])
        assert not np.array_equal(seeds, other[1])
    assert not np.array_equal(first, np.arange(50))
