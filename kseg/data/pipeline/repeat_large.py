"""More crops from larger images."""

from dataclasses import replace

import numpy as np

from kseg.data.dataset import Dataset


def repeat_large(dataset: Dataset, size: tuple[int, int]) -> Dataset:
    """Repeat an image that is larger than a crop, so that an epoch sees more of it.

    An image of n crops' area appears ``max(1, round(sqrt(n)))`` times: with one crop
    each, the few large images of a set, which hold most of its objects, would hardly
    be seen; with n crops each, they would be most of what is seen.

    Args:
        dataset: The images; all are read, for their sizes.
        size: (H, W) of the crops in pixels.

    Returns:
        The same data set with some of its items several times, in order.

    Raises:
        DataError: An image cannot be used; names the file.
    """
    items = []
    for i, item in enumerate(dataset.items):
        crops = np.prod(dataset.image(i).shape[:2]) / np.prod(size)
        items += [item] * max(1, round(float(np.sqrt(crops))))
    return replace(dataset, items=tuple(items))
