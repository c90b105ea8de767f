"""Naive oracles of the instance targets: each pixel looks at its window."""

import numpy as np


def _neighbours(ids, i, j, reach):
    height, width = ids.shape
    for a in range(max(i - reach, 0), min(i + reach + 1, height)):
        for b in range(max(j - reach, 0), min(j + reach + 1, width)):
            yield ids[a, b]


def border_labels(ids: np.ndarray, width: float) -> np.ndarray:
    """Depth: how far the nearest rim pixel of the same object is."""
    labels = np.zeros(ids.shape, np.uint8)
    for number in set(ids[ids > 0].tolist()):
        pixels = np.argwhere(ids == number)
        rim = [
            (i, j)
            for i, j in pixels
            if any(v != number for v in _neighbours(ids, i, j, 1))
        ]
        if not rim:  # it fills the image
            labels[ids == number] = 1
            continue
        depth = [min(np.hypot(i - a, j - b) for a, b in rim) for i, j in pixels]
        limit = min(width, max(depth))
        for (i, j), d in zip(pixels, depth, strict=True):
            labels[i, j] = 1 if d >= limit - 1e-6 else 2
    return labels


def contact_labels(ids: np.ndarray, width: int) -> np.ndarray:
    """A pixel of another object within a distance of ``width``."""
    labels = np.where(ids > 0, 1, 0).astype(np.uint8)
    for i, j in np.argwhere(ids > 0):
        for a, b in np.argwhere((ids > 0) & (ids != ids[i, j])):
            if np.hypot(a - i, b - j) <= width:
                labels[i, j] = 2
    for number in set(ids[ids > 0].tolist()):
        if not (labels[ids == number] == 1).any():
            depth = border_labels(ids, 1e9)  # the deepest pixels alone are interior
            labels[ids == number] = depth[ids == number]
    return labels


def separate(ids: np.ndarray) -> np.ndarray:
    """An object's pixel beside a greater id becomes background."""
    result = ids.copy()
    for i, j in np.argwhere(ids > 0):
        if max(_neighbours(ids, i, j, 1)) > ids[i, j]:
            result[i, j] = 0
    return result
