"""Naive oracles of the augmentation: one pixel at a time."""

import math

import numpy as np


def mirror(index: int, length: int) -> int:
    """Walk back and forth between the ends until the index is inside."""
    while not 0 <= index < length:
        if length == 1:
            return 0
        index = -index if index < 0 else 2 * (length - 1) - index
    return index


def bilinear(image: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """``image (H, W, C)`` at unfolded coordinates ``grid (2, h, w)``, mirrored."""
    height, width, channels = image.shape
    result = np.zeros((*grid.shape[1:], channels))
    for i in range(grid.shape[1]):
        for j in range(grid.shape[2]):
            y, x = (float(v) for v in grid[:, i, j])
            for row in (math.floor(y), math.floor(y) + 1):
                for column in (math.floor(x), math.floor(x) + 1):
                    weight = (1 - abs(y - row)) * (1 - abs(x - column))
                    pixel = image[mirror(row, height), mirror(column, width)]
                    result[i, j] += weight * pixel
    return result


def elastic_field(vectors: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cubic convolution (a = -1/2) of ``vectors (2, n, m)``, the ends repeated."""

    def kernel(t):
        t = abs(t)
        if t <= 1:
            return 1.5 * t**3 - 2.5 * t**2 + 1
        if t < 2:
            return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
        return 0.0

    def place(pixel, pixels, points):
        return (points - 1) * (pixel / (pixels - 1) if pixels > 1 else 0.5)

    _, rows, columns = vectors.shape
    field = np.zeros((2, *size))
    for i in range(size[0]):
        for j in range(size[1]):
            y, x = place(i, size[0], rows), place(j, size[1], columns)
            for a in range(-3, rows + 3):
                for b in range(-3, columns + 3):
                    vector = vectors[
                        :, min(max(a, 0), rows - 1), min(max(b, 0), columns - 1)
                    ]
                    field[:, i, j] += kernel(y - a) * kernel(x - b) * vector
    return field


def gaussian_blur(image: np.ndarray, sigma: float, radius: int) -> np.ndarray:
    """The full two-dimensional sum, mirrored without repeating the edge."""
    height, width, _ = image.shape
    offsets = range(-radius, radius + 1)
    weight = {
        (a, b): math.exp(-(a * a + b * b) / (2 * sigma**2))
        for a in offsets
        for b in offsets
    }
    total = sum(weight.values())
    result = np.zeros(image.shape)
    for i in range(height):
        for j in range(width):
            for (a, b), w in weight.items():
                pixel = image[mirror(i + a, height), mirror(j + b, width)]
                result[i, j] += w / total * pixel
    return result
