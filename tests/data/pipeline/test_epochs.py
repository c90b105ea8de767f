import numpy as np
import pytest

from kseg.data.pipeline.epochs import endless_epochs, epoch_order, steps_per_epoch


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


def test_endless_epochs_follow_each_other():
    elements = list(endless_epochs(5, 2, 1, 2).take(12).as_numpy_iterator())
    for epoch in (2, 3):
        order, seeds = epoch_order(5, 2, 1, epoch)
        part = elements[(epoch - 2) * 6 :][:6]
        np.testing.assert_array_equal([e[0] for e in part], order)
        np.testing.assert_array_equal([e[1] for e in part], seeds)
