"""Which level of a feature pyramid a region is pooled from."""

import numpy as np
from keras import ops

from kseg.checks import check_choice
from kseg.ops.boxes.geometry import box_area


def assign_levels(
    boxes,
    lowest: int = 2,
    highest: int = 5,
    canonical_size: float = 224,
    canonical_level: int = 4,
    rounding: str = "floor",
):
    """The level of each box: one up for each doubling of its size.

    ``k = floor(canonical_level + log2(sqrt(h * w) / canonical_size))``, clipped to
    [lowest, highest].

    Args:
        boxes: (..., 4), (y1, x1, y2, x2) in pixels of the input.
        lowest: Level of the finest map, P2 in the paper.
        highest: Level of the coarsest map.
        canonical_size: Side in pixels of a square that belongs to ``canonical_level``.
        canonical_level: The level at whose lower bound it is.
        rounding: "floor" as the paper and detectron2, or "round" as matterport's Mask
            R-CNN; a half goes up.

    Returns:
        (...) int32.

    Raises:
        ValueError: Another ``rounding``, ``lowest`` above ``highest``, or a
            ``canonical_size`` not above 0.

    Numerics:
        The area is compared with the bounds: a square of 112, 224 or 448 pixels is
        at the bound exactly, where a logarithm would round it to either side. A box
        without area is of the lowest level.

    Example:
        Squares of 111, 112, 448 pixels: levels 2, 3, 5; with "round": 3, 3, 5.

    Reference:
        Lin et al., Feature Pyramid Networks, CVPR 2017, eq. 1.
    """
    check_choice("rounding", rounding, ("floor", "round"))
    if lowest > highest or not canonical_size > 0:
        raise ValueError(
            "lowest may not be above highest, and canonical_size must be above 0. "
            f"Received: {lowest=}, {highest=}, {canonical_size=}."
        )
    # "round" begins each level half a doubling of the side lower: at half the area.
    first = canonical_size**2 / (2 if rounding == "round" else 1)
    above = np.arange(lowest + 1, highest + 1) - canonical_level
    area = box_area(boxes)
    reached = area[..., None] >= ops.cast(first * 4.0**above, area.dtype)
    return lowest + ops.sum(ops.cast(reached, "int32"), axis=-1)
