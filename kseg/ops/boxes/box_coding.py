"""The numbers by which a network moves an anchor or a proposal onto an object.

Boxes and dtypes as in ``kseg.ops.boxes.geometry``.
"""

import math

import numpy as np
from keras import ops

from kseg.ops.boxes.geometry import as_float

WEIGHTS = (10.0, 10.0, 5.0, 5.0)
MEANS = (0.0, 0.0, 0.0, 0.0)
# From the stride of 16 to 1000 pixels: Detectron's limit to how far a side may grow.
MAX_LOG_SCALE = math.log(1000 / 16)
# Pixels. Shorter sides count as this long where they are divided by: the padding of the
# ground truth must give finite numbers, for no weight of 0 mends a NaN.
SHORTEST_SIDE = 1e-3


def encode_boxes(boxes, references, weights=WEIGHTS, means=MEANS):
    """The numbers (dy, dx, dh, dw) that move each reference onto its box.

    ``dy = wy * ((cy - cy_r) / h_r - my)`` and ``dh = wh * (log(h / h_r) - mh)``, with
    the centre cy and the height h of the box, those of the reference marked r; dx, dw
    likewise.

    Args:
        boxes: (..., 4), what to find.
        references: (..., 4), anchors or proposals.
        weights: (wy, wx, wh, ww), above 0: one over the standard deviations that the
            numbers are expected to have. (1, 1, 1, 1) in a region proposal network.
        means: (my, mx, mh, mw), what the numbers are expected to be on average.

    Returns:
        (..., 4).

    Raises:
        ValueError: ``weights`` are not four numbers above 0, or ``means`` not four.

    Numerics:
        Sides shorter than 0.001 pixels count as 0.001 pixels long: finite for empty
        boxes and references.

    Example:
        From (0, 0, 4, 4) to (2, 0, 6, 8) with weights 1: (0.5, 0.5, 0, log 2).

    Reference:
        Girshick et al., R-CNN, CVPR 2014, appendix C; Ren et al., Faster R-CNN, eq. 2.
    """
    boxes, references = as_float(boxes, references)
    centre, sides = _centre_and_sides(boxes)
    origin, unit = _centre_and_sides(references)
    unit = ops.maximum(unit, SHORTEST_SIDE)
    scales = ops.log(ops.maximum(sides, SHORTEST_SIDE) / unit)
    deltas = ops.concatenate([(centre - origin) / unit, scales], axis=-1)
    weights, means = _checked(weights, means, deltas.dtype)
    return (deltas if means is None else deltas - means) * weights


def decode_boxes(
    deltas,
    references,
    weights=WEIGHTS,
    max_log_scale: float = MAX_LOG_SCALE,
    means=MEANS,
):
    """Move each reference by the numbers of ``encode_boxes``: its inverse.

    ``cy = (dy / wy + my) * h_r + cy_r``, ``h = exp(min(dh / wh + mh, max_log_scale)) *
    h_r``.

    Args:
        deltas: (..., 4), what a network predicts.
        references: (..., 4); for deltas of each class (..., N, K, 4) give
            ``references[..., None, :]``.
        weights: (wy, wx, wh, ww), those that the network was trained with.
        max_log_scale: Log of how many times larger than its reference a box may be.
        means: (my, mx, mh, mw), as the network was trained with.

    Returns:
        (..., 4), not clipped to the image. A reference without area stays without.

    Raises:
        ValueError: ``weights`` are not four numbers above 0, or ``means`` not four.
    """
    deltas, references = as_float(deltas, references)
    origin, unit = _centre_and_sides(references)
    weights, means = _checked(weights, means, deltas.dtype)
    deltas = deltas / weights
    if means is not None:
        deltas = deltas + means
    centre = deltas[..., :2] * unit + origin
    half = ops.exp(ops.minimum(deltas[..., 2:], max_log_scale)) * (unit / 2)
    return ops.concatenate([centre - half, centre + half], axis=-1)


def _checked(weights, means, dtype):
    """Both as tensors; None for means of 0, which are no operation."""
    if len(weights) != 4 or not all(w > 0 for w in weights):
        raise ValueError(f"weights must be four numbers above 0. Received: {weights=}.")
    if len(means) != 4:
        raise ValueError(f"means must be four numbers. Received: {means=}.")
    centred = ops.cast(np.array(means), dtype) if any(means) else None
    return ops.cast(np.array(weights), dtype), centred


def _centre_and_sides(boxes):
    """((y, x), (height, width)), both (..., 2)."""
    start, end = boxes[..., :2], boxes[..., 2:]
    return (start + end) / 2, end - start
