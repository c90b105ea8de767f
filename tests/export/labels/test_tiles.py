"""Images with label maps: as the pipeline gives them, evenly chosen."""

import numpy as np

from kseg.data.embedded import sample
from kseg.export.labels.tiles import tiles


def test_the_last_images_are_among_fewer():
    dataset = sample("train")
    images, _ = tiles(dataset, {}, (256, 256), len(dataset) - 1)
    assert len(images) == len(dataset) - 1
    np.testing.assert_array_equal(images[0], dataset.image(0))
    np.testing.assert_array_equal(images[-1], dataset.image(len(dataset) - 1))


def test_label_maps():
    target = {"target": "border", "border_width": 1, "weight_map": {"w0": 10}}
    images, labels = tiles(sample("val"), target, (128, 128), 3)
    assert len(images) == len(labels) == 3
    assert labels[0].shape == (128, 128) and labels[0].dtype == np.uint8
    assert set(np.unique(labels)) == {0, 1, 2}
