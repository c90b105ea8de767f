"""Naive NumPy oracles of boxes: pixels counted one by one, and one box at a time."""

import math

import numpy as np


def pixels(box, size=(12, 14)):
    """Those whose centres lie in a box, as a mask."""
    inside = np.zeros(size, bool)
    for i, j in np.ndindex(size):
        y1, x1, y2, x2 = box
        inside[i, j] = y1 <= i + 0.5 < y2 and x1 <= j + 0.5 < x2
    return inside


def _pairs(a, b, of_two):
    return np.array([[of_two(pixels(p), pixels(q)) for q in b] for p in a])


def pairwise_iou(a, b):
    """Of boxes with corners at whole pixels."""
    return _pairs(a, b, lambda p, q: (p & q).sum() / max((p | q).sum(), 1))


def pairwise_ioa(a, b):
    """Of boxes with corners at whole pixels."""
    return _pairs(a, b, lambda p, q: (p & q).sum() / max(p.sum(), 1))


def _centre_and_sides(box):
    y1, x1, y2, x2 = box
    return (y1 + y2) / 2, (x1 + x2) / 2, y2 - y1, x2 - x1


def encode(box, reference, weights, means=(0, 0, 0, 0)):
    """One box from one reference, both with area."""
    y, x, height, width = _centre_and_sides(box)
    from_y, from_x, of_height, of_width = _centre_and_sides(reference)
    return [
        weights[0] * ((y - from_y) / of_height - means[0]),
        weights[1] * ((x - from_x) / of_width - means[1]),
        weights[2] * (math.log(height / of_height) - means[2]),
        weights[3] * (math.log(width / of_width) - means[3]),
    ]


def decode(delta, reference, weights, max_log_scale, means=(0, 0, 0, 0)):
    """One box."""
    dy, dx, dh, dw = (d / w + m for d, w, m in zip(delta, weights, means, strict=True))
    y, x, height, width = _centre_and_sides(reference)
    y, x = y + dy * height, x + dx * width
    height *= math.exp(min(dh, max_log_scale))
    width *= math.exp(min(dw, max_log_scale))
    return [y - height / 2, x - width / 2, y + height / 2, x + width / 2]
