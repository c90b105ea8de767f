"""The colours of objects, and pictures to lay them on."""

import cv2
import numpy as np

# Steps of the golden angle put the colours of neighbouring ids far apart.
# Colours repeat after a Fibonacci number of ids, where the last is far from the first.
_GOLDEN, CYCLE = 0.61803398875, 233


def to_rgb(image: np.ndarray) -> np.ndarray:
    """A picture to draw on: (H, W, 3) uint8, of other than 3 channels the first."""
    image = image[:, :, None] if image.ndim == 2 else image
    image = image if image.shape[2] == 3 else image[:, :, :1]
    return np.array(np.broadcast_to(image, (*image.shape[:2], 3)))


def object_colours(indices: np.ndarray) -> np.ndarray:
    """The colours of objects in a list, those of neighbours far apart.

    Args:
        indices: (N,) integers from 0.

    Returns:
        (N, 3) uint8 RGB, what ``overlay`` gives to ids from 1.
    """
    return colour_table(CYCLE)[np.asarray(indices) % CYCLE + 1]


def colour_table(count: int) -> np.ndarray:
    """Black, then ``count`` colours of equal strength: (count + 1, 3) uint8 RGB."""
    hue = np.arange(count + 1) * _GOLDEN % 1 * 180
    hsv = np.full((1, count + 1, 3), (0, 200, 255), np.uint8)
    hsv[0, :, 0] = hue
    table = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0]
    table[0] = 0
    return table
