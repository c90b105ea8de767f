"""Pasting of masks, pixel by pixel, as the two papers' codes do it."""

import math

import numpy as np


def bilinear(mask, y, x):
    """The mask at (y, x) in cells, centres at whole numbers, 0 beyond it."""
    value = 0.0
    for i in (math.floor(y), math.floor(y) + 1):
        for j in (math.floor(x), math.floor(x) + 1):
            if 0 <= i < mask.shape[0] and 0 <= j < mask.shape[1]:
                value += (1 - abs(y - i)) * (1 - abs(x - j)) * mask[i, j]
    return value


def sample(mask, box, size):
    """(H, W) values at the centres of pixels, NaN where they lie outside the box."""
    values = np.full(size, np.nan)
    y1, x1, y2, x2 = box
    for i in range(size[0]):
        for j in range(size[1]):
            if y1 <= i + 0.5 < y2 and x1 <= j + 0.5 < x2:
                y = (i + 0.5 - y1) / (y2 - y1) * mask.shape[0] - 0.5
                x = (j + 0.5 - x1) / (x2 - x1) * mask.shape[1] - 0.5
                values[i, j] = bilinear(mask, y, x)
    return values


def resize(mask, box, size):
    """(H, W) values of the padded mask, resized to the enlarged and cut box."""
    cells = mask.shape[0]
    padded = np.zeros((cells + 2, cells + 2))
    padded[1:-1, 1:-1] = mask
    y1, x1, y2, x2 = box
    half_h, half_w = ((n * (cells + 2) / cells / 2) for n in (y2 - y1, x2 - x1))
    middle = (y1 + y2) / 2, (x1 + x2) / 2
    top, left = int(middle[0] - half_h), int(middle[1] - half_w)
    height = max(1, int(middle[0] + half_h) - top + 1)
    width = max(1, int(middle[1] + half_w) - left + 1)
    values = np.full(size, np.nan)
    for i in range(max(0, top), min(size[0], top + height)):
        for j in range(max(0, left), min(size[1], left + width)):
            # Beyond the outermost centres torch and cv2 repeat the edge.
            y = (i - top + 0.5) / height * (cells + 2) - 0.5
            x = (j - left + 0.5) / width * (cells + 2) - 0.5
            y, x = (min(max(n, 0), cells + 1) for n in (y, x))
            values[i, j] = bilinear(padded, y, x)
    return values
