"""Naive oracle of the U-Net weight map: every pixel against every border pixel."""

import math

import numpy as np


def border_pixels(ids: np.ndarray, number: int) -> list[tuple[int, int]]:
    """Pixels of a cell with one of their four neighbours in the image outside it."""
    height, width = ids.shape
    found = []
    for i, j in np.argwhere(ids == number):
        for a, b in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
            if 0 <= a < height and 0 <= b < width and ids[a, b] != number:
                found.append((i, j))
                break
    return found


def unet_weight_map(ids, w0, sigma, class_weights=(1.0, 1.0), background_only=True):
    """``w_c + w0 exp(-(d1 + d2)^2 / (2 sigma^2))``."""
    borders = [border_pixels(ids, n) for n in set(ids[ids > 0].tolist())]
    weights = np.zeros(ids.shape)
    for (i, j), number in np.ndenumerate(ids):
        weights[i, j] = class_weights[int(number > 0)]
        if background_only and number > 0:
            continue
        distances = sorted(
            min((math.hypot(i - a, j - b) for a, b in cell), default=math.inf)
            for cell in borders
        )
        if len(distances) > 1:
            reach = distances[0] + distances[1]
            weights[i, j] += w0 * math.exp(-(reach**2) / (2 * sigma**2))
    return weights
