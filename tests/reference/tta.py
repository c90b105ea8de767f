"""The eight symmetries of a square, each written out."""

import numpy as np

# (view of an image (H, W, ...), what takes the result back)
SYMMETRIES = [
    (lambda a: a, lambda a: a),
    (lambda a: a[::-1], lambda a: a[::-1]),
    (lambda a: a[:, ::-1], lambda a: a[:, ::-1]),
    (lambda a: a[::-1, ::-1], lambda a: a[::-1, ::-1]),
    (lambda a: np.swapaxes(a, 0, 1), lambda a: np.swapaxes(a, 0, 1)),
    (
        lambda a: np.swapaxes(a, 0, 1)[::-1],
        lambda a: np.swapaxes(a[::-1], 0, 1),
    ),
    (
        lambda a: np.swapaxes(a, 0, 1)[:, ::-1],
        lambda a: np.swapaxes(a[:, ::-1], 0, 1),
    ),
    (
        lambda a: np.swapaxes(a, 0, 1)[::-1, ::-1],
        lambda a: np.swapaxes(a[::-1, ::-1], 0, 1),
    ),
]


def average(network, image, square):
    """Mean of a network of one image over 8 views, or the first 4 where not square."""
    views = SYMMETRIES if square else SYMMETRIES[:4]
    return np.mean([back(network(there(image))) for there, back in views], axis=0)
