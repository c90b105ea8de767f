"""RoI pooling: the maximum of each bin of a region, its coordinates rounded."""

from typing import Any, NamedTuple

import numpy as np
from keras import ops

from kseg.ops.gather import gather_rows
from kseg.ops.regions.checks import as_rows, check_regions, known_sides
from kseg.ops.regions.interpolation import image_of_each, round_half_away

# Pixels of the features. Whole numbers stay far from the ends of int32.
_FAR = 1e6


def roi_pool(features, boxes, scale: float, size):
    """Maximum of the pixels in each bin of each box.

    With ``y1, y2 = round(y1 * scale), round(y2 * scale)``, both pixels included, and
    ``n = max(y2 - y1 + 1, 1)``, bin i holds rows ``y1 + floor(i * n / h)`` to
    ``y1 + ceil((i + 1) * n / h) - 1`` inside the map; columns likewise.

    Args:
        features: (B, H, W, C) float, H and W static.
        boxes: (B, R, 4), (y1, x1, y2, x2) in pixels of the input; R static.
        scale: Pixels of the features over pixels of the input: 1/16 at stride 16.
        size: Bins, an int or (h, w); 7 in the paper.

    Returns:
        (B*R, h, w, C) in the dtype of ``features``, image by image; 0 for a bin that
        lies outside the map.

    Raises:
        ValueError: A shape does not fit, or ``size`` or ``scale`` is not positive.

    Numerics:
        Moves values only. Halves are rounded away from 0; bins are divided in whole
        numbers, where Caffe's floats are now and then one pixel off. Of several equal
        maxima one takes the gradient, or on JAX some share it; boxes have none. A box
        with a coordinate that is not finite gives 0. Takes log2(2H) * log2(2W) times
        the memory of the features, however many boxes there are.

    Example:
        Values 0 to 24 in rows of 5, box (0, 0, 2, 3), scale 1, size 2: rows 0-1 and
        1-2, columns 0-1 and 2-3, so [[6, 8], [11, 13]].

    Reference:
        Girshick, Fast R-CNN, ICCV 2015, section 2.1.
    """
    size = check_regions(features, boxes, size, scale)
    features = ops.convert_to_tensor(features)
    sides, channels = known_sides(features), features.shape[3]
    corners = ops.stop_gradient(as_rows(boxes) * scale)
    usable = ops.all(ops.abs(corners) < _FAR, axis=-1, keepdims=True)
    corners = ops.cast(round_half_away(ops.where(usable, corners, -_FAR)), "int32")
    rows, columns = (
        _windows(corners[:, axis], corners[:, axis + 2], size[axis], sides[axis])
        for axis in (0, 1)
    )
    batch, (height, width) = ops.shape(features)[0], sides
    maxima, across = _running_maxima(features)
    table = ops.reshape(ops.concatenate(maxima, axis=0), (-1, channels))
    image = image_of_each(batch, boxes.shape[1], height * width)
    level = rows.level[:, :, None] * across + columns.level[:, None]
    first = level * (batch * height * width) + ops.reshape(image, (-1, 1, 1))
    largest = None
    for y in rows.starts:
        for x in columns.starts:
            here = gather_rows(table, first + y[:, :, None] * width + x[:, None])
            largest = here if largest is None else ops.maximum(largest, here)
    filled = ops.logical_and(rows.filled[:, :, None], columns.filled[:, None])
    return ops.where(filled[..., None], largest, 0)


class _Windows(NamedTuple):
    """The bins along one axis, each as two windows of one length that cover it.

    Attributes:
        level: (N, bins) int32, log2 of the windows' length.
        starts: Where the two windows start, each (N, bins) int32.
        filled: (N, bins) bool, False for a bin outside the map.
    """

    level: Any
    starts: tuple[Any, Any]
    filled: Any


def _windows(first, last, bins, length):
    """The bins from pixel ``first`` to pixel ``last``, both (N,), on an axis."""
    count = ops.maximum(last - first + 1, 1)[:, None]
    edge = np.arange(bins + 1, dtype="int32")[None]
    start = first[:, None] + count * edge[:, :-1] // bins
    end = first[:, None] + (count * edge[:, 1:] + bins - 1) // bins
    start, end = (ops.minimum(ops.maximum(x, 0), length) for x in (start, end))
    held = end - start
    powers = _powers(length)
    level = sum(ops.cast(held >= power, "int32") for power in powers[1:])
    level = ops.zeros_like(held) + level
    window = sum(ops.where(level == k, power, 0) for k, power in enumerate(powers))
    filled = held > 0
    starts = (ops.where(filled, x, 0) for x in (start, end - window))
    return _Windows(level, tuple(starts), filled)


def _powers(length):
    """1, 2, 4 and so on up to ``length``."""
    return [1 << k for k in range(length.bit_length())]


def _running_maxima(features):
    """Maxima of windows of 1, 2, 4... rows by 1, 2, 4... columns from each pixel on.

    Returns them by rows, then columns, and how many there are for each number of rows.
    What reaches over the end of the map is not used.
    """
    along = [features]
    for power in _powers(features.shape[1])[:-1]:
        along.append(ops.maximum(along[-1], ops.roll(along[-1], -power, axis=1)))
    maxima, powers = [], _powers(features.shape[2])
    for x in along:
        maxima.append(x)
        for power in powers[:-1]:
            maxima.append(ops.maximum(maxima[-1], ops.roll(maxima[-1], -power, axis=2)))
    return maxima, len(powers)
