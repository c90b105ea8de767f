"""Masks cut to their boxes and resized: what a mask head learns from."""

import cv2
import numpy as np

from kseg.data.objects import Objects


def mask_crops(objects: Objects, size: int) -> np.ndarray:
    """Each mask in the frame of its box, as shares of cells covered.

    A box is divided into ``size`` x ``size`` cells; a cell's value is the share of its
    area that the mask covers, a pixel being a square. So the mean of a crop is the
    share of the box that the mask covers, exactly, and a small mask is not thinned
    out, nor a large one sampled.

    Args:
        objects: N objects.
        size: m.

    Returns:
        (N, m, m) float32, 0 to 1.
    """
    crops = np.zeros((len(objects), size, size), np.float32)
    places = zip(objects.boxes, objects.frames, objects.masks, strict=True)
    for i, (box, frame, mask) in enumerate(places):
        crops[i] = cover(mask, frame, box, (size, size))
    return crops


def cover(
    mask: np.ndarray, frame: np.ndarray, box: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """The share of each cell of a grid over a box that a mask covers.

    The mask's area above and left of each corner of the cells, from the sums over
    whole pixels, linear between them; and its differences along both axes.

    Args:
        mask: (h, w) uint8 {0, 1}.
        frame: (y1, x1, y2, x2) of the mask in the image.
        box: (y1, x1, y2, x2) of the grid, with an area.
        shape: Rows and columns of cells.

    Returns:
        float32 of ``shape``, 0 to 1.
    """
    area = cv2.integral(np.ascontiguousarray(mask), sdepth=cv2.CV_64F)
    box, (top, left) = np.asarray(box, np.float64), frame[:2]
    area = _between(area, np.linspace(box[0], box[2], shape[0] + 1) - top)
    area = _between(area.T, np.linspace(box[1], box[3], shape[1] + 1) - left).T
    covered = np.diff(np.diff(area, axis=0), axis=1)
    cell = (box[2:] - box[:2]).prod() / (shape[0] * shape[1])
    # Differences of sums may end just outside.
    return (covered / cell).clip(0, 1).astype(np.float32)


def _between(rows: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Rows at fractional places, the first and the last beyond the ends."""
    at = at.clip(0, len(rows) - 1)
    before = np.minimum(at.astype(int), len(rows) - 2)
    share = (at - before)[:, None]
    return rows[before] * (1 - share) + rows[before + 1] * share
