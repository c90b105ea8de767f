"""Images with objects: as the pipeline gives them, evenly chosen."""

import numpy as np

from kseg.data.embedded import sample
from kseg.export.objects.tiles import tiles

OBJECTS = {"resize": "tile", "max_instances": 2, "mask_size": 28}


def test_tiles_of_objects_hold_the_objects_of_the_image():
    dataset = sample("val")
    images, truths = tiles(dataset, OBJECTS, (256, 256), 2)
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


def test_large_images_give_some_of_their_tiles():
    images, truths = tiles(sample("val"), OBJECTS, (64, 96), 5)
    assert len(images) == len(truths) == 5
    assert {image.shape for image in images} == {(64, 96, 3)}
    assert all(len(truth) == 0 or truth.frames.max() <= 96 for truth in truths)
