"""What a mask head is to learn: the object's mask in the frame of the region."""

import math

import numpy as np
from keras import ops

from kseg.ops.boxes.geometry import as_float
from kseg.ops.gather import gather
from kseg.ops.regions.checks import as_size
from kseg.ops.regions.interpolation import clamped_taps, gather_bilinear


def mask_targets(masks, boxes, rois, index, size, threshold: float | None = 0.5):
    """Each region's cut of its object's mask, on a grid of ``size``.

    Bilinear samples at the centres of the grid's cells, 0 outside the object's box.

    Args:
        masks: (..., G, m, n) bool or numbers in [0, 1], each in the frame of its box.
        boxes: (..., G, 4), frames of the masks in pixels.
        rois: (..., R, 4), regions in pixels: proposals, not boxes of the ground truth.
        index: (..., R) int in [0, G), the object of each region, of ``match``.
        size: Of the target, an int or (h, w): 28 on a pyramid, 14 on C4 in the paper.
        threshold: From which value on a cell is 1: 0.5 in Mask R-CNN, 0.4 in the code
            of MNC. None for values in [0, 1].

    Returns:
        (..., R, h, w) float32.

    Raises:
        ValueError: ``size`` is not positive, or ``masks`` has other axes.

    Numerics:
        In its box a mask is continued from the outermost centres to the edge: where a
        box is tight, the target reaches as far as the object. Objects without area give
        0. No gradient.

    Example:
        The mask [[1, 0], [1, 1]] in the box (0, 0, 4, 4) for the region (0, 0, 4, 8)
        and size (2, 4): [[1, 0, 0, 0], [1, 1, 0, 0]].

    Reference:
        He et al., Mask R-CNN, ICCV 2017, section 3.1: the intersection of the region
        and its object's mask.
    """
    size = as_size(size)
    masks, index = ops.convert_to_tensor(masks), ops.cast(index, "int32")
    if len(masks.shape) != len(index.shape) + 2 or None in masks.shape[-3:]:
        raise ValueError(
            "Expected masks (..., G, m, n), known when the graph is built, and index "
            f"(..., R). Received: masks.shape={tuple(masks.shape)}, index.shape="
            f"{tuple(index.shape)}."
        )
    boxes, rois = (ops.stop_gradient(x) for x in as_float(boxes, rois))
    shape = (*ops.shape(index), *size)
    objects, height, width = masks.shape[-3:]
    if objects == 0:
        return ops.zeros(shape)
    frames = ops.reshape(gather(boxes, index), (-1, 4))
    rois = ops.reshape(rois, (-1, 4))
    rows, columns = (
        clamped_taps(_places(rois, frames, axis, size[axis], length), length, 0.5)
        for axis, length in ((0, height), (1, width))
    )
    # Of each region, the pixel of the table at which its mask begins.
    lead, regions = ops.shape(index)[:-1], ops.shape(index)[-1]
    images = ops.arange(math.prod(lead), dtype="int32")
    first = objects * ops.repeat(images, regions) + ops.reshape(index, (-1,))
    first = (first * (height * width))[:, None]
    table = ops.reshape(masks, (-1, 1))
    values = gather_bilinear(table, first, width, rows, columns)
    values = ops.reshape(ops.cast(values, "float32"), shape)
    return values if threshold is None else ops.cast(values >= threshold, "float32")


def _places(rois, frames, axis, cells, length):
    """Centres of the cells along an axis, as indices of the mask: (N, cells)."""
    share = ops.cast((np.arange(cells)[None] + 0.5) / cells, rois.dtype)
    (start, end), (origin, far) = (
        (x[:, axis : axis + 1], x[:, axis + 2 : axis + 3]) for x in (rois, frames)
    )
    side = far - origin
    at = (start + share * (end - start) - origin) / ops.maximum(side, 1e-30)
    # Without a side, a place on the line would count as inside.
    return ops.where(side > 0, at * length - 0.5, -1)
