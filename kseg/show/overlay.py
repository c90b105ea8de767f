"""Areas laid over their image: label maps and id maps."""

from collections.abc import Sequence

import numpy as np

from kseg.predict.labels.result import Result
from kseg.show.colours import CYCLE, colour_table, to_rgb


def overlay(
    image: np.ndarray,
    areas: Result | np.ndarray,
    palette: Sequence[Sequence[int]] = (),
    opacity: float = 0.5,
) -> np.ndarray:
    """Lay a result over its image: colours inside, full colour along the contours.

    Args:
        image: (H, W) or (H, W, C) uint8; of other than 3 channels the first is shown.
        areas: A result (its objects where it has them), a label map (H, W) uint8, or
            an id map (H, W) int32.
        palette: RGB colour by label, 0..255; objects have colours of their own. What
            is black in it, as backgrounds are, stays bare; so do 255 and, without a
            palette, label 0.
        opacity: Of the colours inside, 0 to 1.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: Opacity outside 0..1, or areas of another size than the image.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"Expected an opacity from 0 to 1. Received: {opacity}.")
    if isinstance(areas, Result):
        areas = areas.labels if areas.instances is None else areas.instances
    if areas.shape != image.shape[:2]:
        raise ValueError(
            f"Expected areas of the image's size {image.shape[:2]}. "
            f"Received: {areas.shape}."
        )
    picture = to_rgb(image)
    objects = areas.dtype != np.uint8
    table = colour_table(CYCLE) if objects else _label_colours(palette)
    bare = ~table.any(axis=1)
    # In bands, because a large image's temporaries would be several times its size.
    step = max(1, 2**20 // areas.shape[1])
    for top in range(0, areas.shape[0], step):
        rows = slice(top, top + step)
        index = areas[rows]
        if objects:
            index = np.where(index > 0, (index - 1) % CYCLE + 1, 0)
        shown = ~bare[index]
        index = index[shown]
        share = np.where(contours(areas, rows)[shown], 1.0, opacity)[:, None]
        mixed = share * table[index] + (1 - share) * picture[rows][shown]
        picture[rows][shown] = np.rint(mixed)
    return picture


def contours(areas: np.ndarray, rows: slice = slice(None)) -> np.ndarray:
    """Pixels with another label or id above, below, left or right of them.

    Args:
        areas: (H, W) labels or ids.
        rows: The rows wanted.

    Returns:
        (rows, W) bool.
    """
    start, stop, _ = rows.indices(areas.shape[0])
    first, last = max(0, start - 1), min(areas.shape[0], stop + 1)
    part = areas[first:last]
    edge = np.zeros(part.shape, bool)
    for a, b in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        differs = part[a] != part[b]
        edge[a] |= differs
        edge[b] |= differs
    return edge[start - first : stop - first]


def _label_colours(palette):
    table = colour_table(255)
    table[255] = 0
    given = np.asarray(palette, np.uint8).reshape(-1, 3)
    table[: len(given)] = given
    return table
