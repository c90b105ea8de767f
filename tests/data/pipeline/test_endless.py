"""kseg.data.pipeline.endless: the epochs of ``epoch_order``, one after the other."""

import numpy as np

from kseg.data.pipeline.endless import endless_epochs
from kseg.data.pipeline.epochs import epoch_order


def test_endless_epochs_follow_each_other():
    elements = list(endless_epochs(5, 2, 1, 2).take(12).as_numpy_iterator())
    for epoch in (2, 3):
        order, seeds = epoch_order(5, 2, 1, epoch)
        part = elements[(epoch - 2) * 6 :][:6]
        np.testing.assert_array_equal([e[0] for e in part], order)
        np.testing.assert_array_equal([e[1] for e in part], seeds)
