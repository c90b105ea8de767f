"""The resize of docs/numerics.md, one pixel at a time, in exact fractions."""

from fractions import Fraction
from math import floor

import numpy as np


def axis(n: int, m: int) -> list[tuple[int, int, int]]:
    """Both source indices, and the weight of the second in 1/2048, of each output."""
    out = []
    for i in range(m):
        centre = Fraction(2 * i + 1, 2) * Fraction(n, m) - Fraction(1, 2)
        centre = min(max(centre, Fraction(0)), Fraction(n - 1))
        position = floor(centre * 2048 + Fraction(1, 2))
        out.append(
            (position // 2048, min(position // 2048 + 1, n - 1), position % 2048)
        )
    return out


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear of an (H, W, C) uint8 image."""
    out = np.zeros((*size, image.shape[2]), np.uint8)
    for y, (y0, y1, fy) in enumerate(axis(image.shape[0], size[0])):
        for x, (x0, x1, fx) in enumerate(axis(image.shape[1], size[1])):
            for c in range(image.shape[2]):
                a, b = int(image[y0, x0, c]), int(image[y0, x1, c])
                d, e = int(image[y1, x0, c]), int(image[y1, x1, c])
                top = a * (2048 - fx) + b * fx
                bottom = d * (2048 - fx) + e * fx
                exact = Fraction(top * (2048 - fy) + bottom * fy, 2**22)
                out[y, x, c] = floor(exact + Fraction(1, 2))
    return out


def nearest(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The pixel that holds the centre of each output, of an (H, W) map."""
    out = np.zeros(size, labels.dtype)
    for y in range(size[0]):
        for x in range(size[1]):
            row = floor(Fraction(2 * y + 1, 2) * Fraction(labels.shape[0], size[0]))
            column = floor(Fraction(2 * x + 1, 2) * Fraction(labels.shape[1], size[1]))
            out[y, x] = labels[row, column]
    return out
