"""Random smooth deformation: a coarse grid of vectors, interpolated by cubics.

Shapes: ``h, w`` the size of the field, ``n`` the vectors along an axis (the paper's 3).
"""

from typing import Any

import numpy as np

POINTS = 3  # the paper's, along each axis

# Keys's cubic with a = -1/2 (Catmull-Rom): the one that reproduces straight lines.
_A = -0.5


def cubic_weights(size: int, points: int) -> np.ndarray:
    """Weights that interpolate ``points`` equally spaced values at ``size`` pixels.

    ``value[i] = sum_j weights[i, j] * point[j]``: the first and the last point lie on
    the first and the last pixel; beyond the ends the end point is repeated.

    Args:
        size: Pixels, 1 or more. A single pixel takes the middle of the points.
        points: Values to interpolate, 1 or more.

    Returns:
        float32 ``(size, points)``; each row sums to 1.

    Reference:
        Keys, Cubic convolution interpolation for digital image processing, 1981.
    """
    ends = points - 1
    place = np.linspace(0.0, ends, size) if size > 1 else np.array([ends / 2])
    left = np.minimum(np.floor(place), max(ends - 1, 0)).astype(int)
    weights = np.zeros((size, points))
    for tap in range(-1, 3):
        distance = np.abs(place - left - tap)
        column = np.clip(left + tap, 0, ends)
        np.add.at(weights, (np.arange(size), column), _keys(distance))
    return weights.astype(np.float32)


def elastic_field(vectors: Any, size: tuple[int, int]) -> Any:
    """Per-pixel displacement by bicubic interpolation of a coarse grid of vectors.

    ``field[c] = R vectors[c] C^T`` with the cubic weights R of the rows and C of the
    columns: two small matrix products, whatever the size of the grid.

    Args:
        vectors: float32 ``(2, n, n)``, an array or a tensor: displacements in pixels,
            first the rows'.
        size: Height and width of the field in pixels.

    Returns:
        float32 ``(2, h, w)`` in pixels, of the same kind.

    Reference:
        Ronneberger et al., U-Net, 2015, section 3.1 (3x3 vectors).
    """
    rows = cubic_weights(size[0], vectors.shape[1])
    columns = cubic_weights(size[1], vectors.shape[2])
    return rows[None] @ vectors @ columns.T[None]


def _keys(x: np.ndarray) -> np.ndarray:
    """The cubic kernel at distances ``x >= 0``."""
    near = (_A + 2) * x**3 - (_A + 3) * x**2 + 1
    far = _A * (x**3 - 5 * x**2 + 8 * x - 4)
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))
