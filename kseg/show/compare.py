"""Truths and results side by side."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from kseg.imaging import write_png
from kseg.show.grid import grid
from kseg.show.sides import side_of

# Of one image: (image, target, result), see `compare`.
Row = tuple[np.ndarray, Any, Any]


def compare(
    image: np.ndarray, target, result, metadata: dict[str, Any]
) -> list[np.ndarray]:
    """The image, the truth over it, and the result over it.

    Args:
        image: (H, W, C) uint8.
        target: (H, W), a label map uint8 or an id map int32; of a network that finds
            objects a ``kseg.data.Objects``.
        result: Of the image.
        metadata: Of the network, for its task, palette, classes and ignore label.

    Returns:
        Three (H, W, 3) uint8 RGB pictures.
    """
    return side_of(metadata).compare(image, target, result, metadata)


def compared(
    dataset,
    indices: Iterable[int],
    predict: Callable[[np.ndarray], Any],
    metadata: dict[str, Any],
) -> Iterator[Row]:
    """Images of a data set with their truths and results, one at a time.

    Args:
        dataset: A ``kseg.data.Dataset`` with masks.
        indices: Of its images.
        predict: From an image to its result.
        metadata: Of the network.

    Yields:
        (image, target, result), as `compare` takes them.
    """
    truth = side_of(metadata).truth
    for index in indices:
        image = dataset.image(index)
        yield image, truth(dataset, index), predict(image)


def save_grid(
    rows: Iterable[Row], metadata: dict[str, Any], path: str | os.PathLike
) -> None:
    """Write a PNG of images, truths and results, a row each.

    Args:
        rows: Of (image, target, result).
        metadata: Of the network.
        path: The PNG file.

    Raises:
        ValueError: There is no row.
    """
    pictures = [compare(*row, metadata) for row in rows]
    write_png(path, grid(pictures, ("image", "truth", "result")))
