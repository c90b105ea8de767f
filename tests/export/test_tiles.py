"""Images to calibrate and check with: as the pipeline gives them, evenly chosen."""

import numpy as np

from kseg.data.embedded import sample
from kseg.export.tiles import label_tiles, object_tiles

OBJECTS = {"resize": "tile", "max_instances": 2, "mask_size": 28}


def test_tiles_of_objects_hold_the_objects_of_the_image():
    dataset = sample("val")
    images, truths = object_tiles(dataset, OBJECTS, (256, 256), 2)
    assert len(images) == len(truths) == 2
    for index, image, truth in zip((0, len(dataset) - 1), images, truths, strict=True):
        np.testing.assert_array_equal(image, dataset.image(index))
        expected = dataset.objects(index)
        assert truth.size == (256, 256) and len(truth) == len(expected)
        np.testing.assert_allclose(truth.boxes, expected.boxes)
        np.testing.assert_array_equal(truth.classes, expected.classes)
        # Drawn from crops: the same but for a pixel here and there at the rim.
        found, true = ((one.to_ids() > 0) for one in (truth, expected))
        assert (found != true).mean() < 0.01


def test_the_last_images_are_among_fewer():
    dataset = sample("train")
    images, _ = label_tiles(dataset, {}, (256, 256), len(dataset) - 1)
    assert len(images) == len(dataset) - 1
    np.testing.assert_array_equal(images[0], dataset.image(0))
    np.testing.assert_array_equal(images[-1], dataset.image(len(dataset) - 1))


def test_large_images_give_some_of_their_tiles():
    images, truths = object_tiles(sample("val"), OBJECTS, (64, 96), 5)
    assert len(images) == len(truths) == 5
    assert {image.shape for image in images} == {(64, 96, 3)}
    assert all(len(truth) == 0 or truth.frames.max() <= 96 for truth in truths)


def test_label_maps():
    target = {"target": "border", "border_width": 1, "weight_map": {"w0": 10}}
    images, labels = label_tiles(sample("val"), target, (128, 128), 3)
    assert len(images) == len(labels) == 3
    assert labels[0].shape == (128, 128) and labels[0].dtype == np.uint8
    assert set(np.unique(labels)) == {0, 1, 2}
