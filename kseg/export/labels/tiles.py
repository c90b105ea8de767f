"""Images and label maps to check a file on, from the pipeline that training uses."""

from typing import Any

from kseg.data import make_pipeline
from kseg.export.tiles import evenly, some_images


def tiles(
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
        some_images(dataset, count),
        size=size,
        batch_size=1,
        training=False,
        **{**target, "weight_map": None},
    )
    pairs = [(image[0], label[0]) for image, label in evenly(pipeline, count)]
    return [image for image, _ in pairs], [label for _, label in pairs]
