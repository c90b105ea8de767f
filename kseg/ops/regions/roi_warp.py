"""RoI warping: regions of features on a fixed grid, differentiable in the boxes too."""

import numpy as np
from keras import ops

from kseg.ops.regions.checks import as_rows, check_regions, known_sides
from kseg.ops.regions.interpolation import (
    gather_bilinear,
    image_of_each,
    round_half_away,
    zero_taps,
)


def roi_warp(features, boxes, scale: float, size, rounded: bool = False):
    """Bilinear samples of each box, one at the start of each bin.

    ``y[i, j] = sum_{u, v} k(y1 + i * (y2 - y1) / h - u) * k(x1 + j * (x2 - x1) / w - v)
    * features[u, v]``, ``k(a) = max(0, 1 - |a|)``, with the box's corners times
    ``scale``.

    Args:
        features: (B, H, W, C) float, H and W static.
        boxes: (B, R, 4), (y1, x1, y2, x2) in pixels of the input; R static.
        scale: Pixels of the features over pixels of the input: 1/16 at stride 16.
        size: Of the grid, an int or (h, w). MNC warps to 28 and max-pools 2x2 to 14.
        rounded: Round the scaled corners to whole pixels of the features, as the code
            of MNC does; their gradient passes as if they were not rounded.

    Returns:
        (B*R, h, w, C) in the dtype of ``features``, image by image.

    Raises:
        ValueError: A shape does not fit, or ``size`` or ``scale`` is not positive.

    Numerics:
        Index 0 is the centre of the first pixel: the half pixel that ``roi_align``
        takes off is not taken off. Beyond the map there are zeros. Places and weights
        are float32 (float64 where the features or boxes are). The gradient in a box is
        that of the formula; at whole places, where it has a kink, from the right. A box
        with a coordinate that is no number gives 0.

    Example:
        Values 0 to 24 in rows of 5, box (1, 1, 3, 3), scale 1, size 4: the first row is
        6, 6.5, 7, 7.5.

    Reference:
        Dai, He, Sun, Instance-aware semantic segmentation via multi-task network
        cascades, CVPR 2016, section 3.2.
    """
    size = check_regions(features, boxes, size, scale)
    features = ops.convert_to_tensor(features)
    height, width = known_sides(features)
    count = boxes.shape[1]
    corners = as_rows(boxes)
    if features.dtype == "float64":
        corners = ops.cast(corners, "float64")
    corners = corners * scale
    if rounded:
        whole = ops.stop_gradient(round_half_away(corners))
        corners = whole + (corners - ops.stop_gradient(corners))
    rows, columns = (
        zero_taps(_starts(corners, axis, size[axis]), length)
        for axis, length in ((0, height), (1, width))
    )
    image = image_of_each(ops.shape(features)[0], count, height * width)
    table = ops.reshape(features, (-1, features.shape[3]))
    return ops.cast(gather_bilinear(table, image, width, rows, columns), features.dtype)


def _starts(corners, axis, bins):
    """Where the bins start along an axis: (B*R, bins)."""
    share = ops.cast(np.arange(bins)[None] / bins, corners.dtype)
    start, end = corners[:, axis : axis + 1], corners[:, axis + 2 : axis + 3]
    return start + share * (end - start)
