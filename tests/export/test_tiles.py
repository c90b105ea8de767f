"""Some of many, from the first to the last."""

import pytest
import tensorflow as tf

from kseg.data.embedded import sample
from kseg.export.tiles import evenly, some_images


@pytest.mark.parametrize(
    "count, expected", [(1, [0]), (2, [0, 6]), (3, [0, 3, 6]), (9, list(range(7)))]
)
def test_evenly_from_the_first_to_the_last(count, expected):
    found = evenly(tf.data.Dataset.range(7), count)
    assert [int(one) for one in found] == expected


def test_images_of_a_data_set_keep_their_names():
    dataset = sample("val")
    some = some_images(dataset, 2)
    names = [item.name for item in dataset.items]
    assert [item.name for item in some.items] == [names[0], names[-1]]
