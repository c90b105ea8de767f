"""Boxes: area, overlap, clipping.

A box is ``(y1, x1, y2, x2)`` in pixels, continuous and half-open: the pixel in row 0,
column 0 covers [0, 1) x [0, 1). A box whose end does not lie beyond its start has no
area. All here is computed in float32 under every dtype policy (bfloat16 has only even
numbers above 256), in float64 where an argument is float64. Leading axes broadcast.
"""

import keras
import numpy as np
from keras import ops

# Square pixels, smaller than any area: divides nothing by something instead of by 0.
_NO_AREA = 1e-30


def box_area(boxes):
    """``max(y2 - y1, 0) * max(x2 - x1, 0)``.

    Args:
        boxes: (..., 4).

    Returns:
        (...) in square pixels.
    """
    (boxes,) = as_float(boxes)
    y1, x1, y2, x2 = (boxes[..., i] for i in range(4))
    return ops.relu(y2 - y1) * ops.relu(x2 - x1)


def pairwise_iou(a, b):
    """Intersection over union of each box of ``a`` with each of ``b``.

    Args:
        a: (..., N, 4).
        b: (..., M, 4).

    Returns:
        (..., N, M) in [0, 1], 0 where the union has no area.

    Numerics:
        Exactly symmetric, and 1 for a box with itself. Takes N x M values a few
        times over: 262 thousand anchors and 100 boxes are 105 MB each.

    Example:
        Boxes (0, 0, 2, 2) and (1, 0, 3, 2) share 2 of 6 square pixels: 1/3.
    """
    a, b = as_float(a, b)
    shared = _intersection(a, b)
    union = box_area(a)[..., :, None] + box_area(b)[..., None, :] - shared
    return shared / ops.maximum(union, _NO_AREA)


def pairwise_ioa(a, b):
    """Intersection of each box of ``a`` with each of ``b``, over the area of the first.

    How much of a box lies in a crowd region, of which it need not cover much itself.

    Args:
        a: (..., N, 4).
        b: (..., M, 4).

    Returns:
        (..., N, M) in [0, 1], 0 where the box of ``a`` has no area.

    Example:
        Box (0, 0, 2, 2) lies half in (1, 0, 9, 9): 0.5. The other way round: 2/72.
    """
    a, b = as_float(a, b)
    return _intersection(a, b) / ops.maximum(box_area(a)[..., :, None], _NO_AREA)


def clip_boxes(boxes, size: tuple[float, float]):
    """Cut off what lies outside the image.

    Args:
        boxes: (..., 4).
        size: (H, W) of the image, in pixels.

    Returns:
        (..., 4), rows in [0, H], columns in [0, W]; a box that lies outside is left
        with no area.

    Raises:
        ValueError: H or W is not above 0.
    """
    height, width = size
    if not (height > 0 and width > 0):
        raise ValueError(f"size must be (H, W), both above 0. Received: {size=}.")
    (boxes,) = as_float(boxes)
    return ops.minimum(ops.relu(boxes), ops.cast(np.array([*size, *size]), boxes.dtype))


def as_float(*tensors):
    """Boxes, or what moves them, as tensors: all float64 if one is, else float32."""
    tensors = [ops.convert_to_tensor(x) for x in tensors]
    for x in tensors:
        if len(x.shape) == 0 or x.shape[-1] != 4:
            raise ValueError(
                "Boxes are (..., 4), and so are the numbers that move them. Received: "
                f"shape={tuple(x.shape)}."
            )
    dtypes = {keras.backend.standardize_dtype(x.dtype) for x in tensors}
    dtype = "float64" if "float64" in dtypes else "float32"
    return [ops.cast(x, dtype) for x in tensors]


def _intersection(a, b):
    """(..., N, M). By coordinate: an inner axis of 2 would be slow to broadcast."""
    top, left = (
        ops.maximum(a[..., :, None, i], b[..., None, :, i]) for i in range(0, 2)
    )
    bottom, right = (
        ops.minimum(a[..., :, None, i], b[..., None, :, i]) for i in range(2, 4)
    )
    return ops.relu(bottom - top) * ops.relu(right - left)
