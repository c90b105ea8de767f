"""Images and objects to check a file on, from the pipeline that training uses."""

from typing import Any

from kseg.data import Objects, make_object_pipeline
from kseg.data.reading.annotation import Object
from kseg.export.tiles import evenly, some_images
from kseg.predict.objects.paste import paste_masks


def tiles(
    dataset, target: dict[str, Any], size: tuple[int, int], count: int
) -> tuple[list, list]:
    """As `kseg.export.labels.tiles`, with the objects of each image.

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
        some_images(dataset, count),
        size=size,
        batch_size=1,
        training=False,
        **{**target, "mask_size": 56, "max_instances": 1000},
    )
    pairs = [
        (image[0], _objects({k: v[0] for k, v in truth.items()}, size))
        for image, truth in evenly(pipeline, count)
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
