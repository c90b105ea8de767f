"""Windows of an image, and what they show of masks that are kept in frames.

A mask in a frame holds the pixels of (y1, x1, y2, x2) of its image only. Objects are
anything with ``frames`` (N, 4) and N ``masks``: ``kseg.data.Objects``,
``kseg.predict.Detections``.
"""

from collections.abc import Sequence

import numpy as np


def shared_window(
    first: Sequence[int] | np.ndarray, second: Sequence[int] | np.ndarray
) -> np.ndarray:
    """(y1, x1, y2, x2) of what lies in both; without an area where nothing does."""
    low = np.maximum(first[:2], second[:2])
    return np.concatenate([low, np.maximum(np.minimum(first[2:], second[2:]), low)])


def part(objects, i: int, window: Sequence[int] | np.ndarray) -> np.ndarray:
    """What a window shows of a mask.

    Args:
        objects: Masks in frames.
        i: One of them.
        window: (y1, x1, y2, x2) in the image.

    Returns:
        A view of the part of the mask that lies in the window.
    """
    y1, x1, y2, x2 = shared_window(objects.frames[i], window)
    top, left = objects.frames[i][:2]
    return objects.masks[i][y1 - top : y2 - top, x1 - left : x2 - left]
