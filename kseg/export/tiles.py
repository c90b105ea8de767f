"""Images to calibrate and to check with, from the pipelines that training uses."""

from typing import Any

import numpy as np

from kseg.data import Objects, make_object_pipeline, make_pipeline
from kseg.data.reading.annotation import Object
from kseg.predict.objects.paste import paste_masks


def label_tiles(
    dataset, target: dict[str, Any], size: tuple[int, int], count: int
) -> tuple[list, list]:
    """Up to ``count`` images and label maps of one size, evenly over a data set.

    They come from the pipeline that training uses, so that what the converter sees is
    what the network was trained on.

    Args:
        dataset: The images.
        target: Of the run: what `make_pipeline` makes of the masks.
        size: (H, W) in pixels.
        count: At most so many.

    Returns:
        Images (H, W, C) uint8, and label maps (H, W) uint8.
    """
    pipeline = make_pipeline(
        _some(dataset, count),
        size=size,
        batch_size=1,
        training=False,
        **{**target, "weight_map": None},
    )
    pairs = [(image[0], label[0]) for image, label in _evenly(pipeline, count)]
    return [image for image, _ in pairs], [label for _, label in pairs]


def object_tiles(
    dataset, target: dict[str, Any], size: tuple[int, int], count: int
) -> tuple[list, list]:
    """As `label_tiles`, with the objects of each image.

    Their masks are drawn from crops as the pipeline makes them, of 56 cells a side:
    both the file and Keras are scored against the same.

    Args:
        dataset: Images with objects.
        target: Of the run: what `make_object_pipeline` makes of the objects.
        size: (H, W) in pixels.
        count: At most so many.

    Returns:
        Images (H, W, C) uint8, and ``kseg.data.Objects`` in their pixels.
    """
    pipeline = make_object_pipeline(
        _some(dataset, count),
        size=size,
        batch_size=1,
        training=False,
        **{**target, "mask_size": 56, "max_instances": 1000},
    )
    pairs = [
        (image[0], _objects({k: v[0] for k, v in truth.items()}, size))
        for image, truth in _evenly(pipeline, count)
    ]
    return [image for image, _ in pairs], [truth for _, truth in pairs]


def _objects(truth, size):
    """``kseg.data.Objects`` from the padded objects of an image."""
    real = truth["classes"] > 0
    boxes, classes = truth["boxes"][real], truth["classes"][real]
    frames, masks = paste_masks(truth["masks"][real], boxes, size)
    objects = (
        Object(int(label), mask, (frame[0], frame[1]), box).trimmed()
        for label, mask, frame, box in zip(classes, masks, frames, boxes, strict=True)
    )
    return Objects.from_objects([one for one in objects if one], size)


def _some(dataset, count):
    """Up to ``count`` items, evenly over a data set."""
    places = _places(len(dataset), count)
    return dataset.subset([dataset.items[place].name for place in places])


def _evenly(pipeline, count):
    """Up to ``count`` elements: large images give many tiles, of which some of each."""
    wanted = set(_places(len(pipeline), count))
    elements = enumerate(pipeline.as_numpy_iterator())
    return [element for place, element in elements if place in wanted]


def _places(total, count):
    return np.linspace(0, total - 1, min(count, total)).astype(int).tolist()
