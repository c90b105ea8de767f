"""The U-Net's border weights: background between close cells counts more."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

# Weights below this are left out: cells farther off do not change a pixel's weight.
_NEGLIGIBLE = 1e-4


def unet_weight_map(
    ids: np.ndarray,
    w0: float = 10.0,
    sigma: float = 5.0,
    class_weights: Sequence[float] | None = None,
    background_only: bool = True,
) -> np.ndarray:
    """Pixel weights that make a network learn the gaps between touching cells.

    ``w(x) = w_c(x) + w0 exp(-(d1(x) + d2(x))^2 / (2 sigma^2))``: d1 and d2 are the
    distances, between pixel centres, to the nearest border pixel of the nearest and of
    the second nearest cell. With fewer than two cells the second term is 0. Distances
    are exact; weights are within 1e-4 of the formula, because each cell is looked at
    only in its own surroundings: the time grows with the cells' areas, not with cells
    times pixels.

    Args:
        ids: ``(H, W)``, any integer type, 0 background. Where cells touch there is no
            background between them to weigh: see
            ``kseg.data.pipeline.labels_from_ids.cut_ridge``.
        w0: Greatest weight of the second term, 0 or more.
        sigma: How far it reaches, in pixels, over 0.
        class_weights: w_c of the background and of the cells; None is 1 for both.
        background_only: Whether the second term is 0 inside cells. The paper's formula
            does not say; False applies it on both sides of a cell's border.

    Returns:
        float32 ``(H, W)``.

    Raises:
        ValueError: ``w0`` or ``sigma`` is out of range, or ``class_weights`` are not
            two numbers.

    Example:
        On the pixel between two cells one pixel apart d1 = d2 = 1: 1 + 9.2312.

    Reference:
        Ronneberger et al., U-Net, 2015, section 3, equation 2.
    """
    if w0 < 0 or sigma <= 0:
        raise ValueError(
            "w0 must be 0 or more and sigma, in pixels, over 0. "
            f"Received: w0={w0}, sigma={sigma}"
        )
    if class_weights is not None and len(class_weights) != 2:
        raise ValueError(
            "class_weights must be two numbers, for the background and for the cells. "
            f"Received: class_weights={class_weights}"
        )
    background, cell = (1.0, 1.0) if class_weights is None else class_weights
    weights = np.where(ids > 0, np.float32(cell), np.float32(background))
    if w0 > _NEGLIGIBLE:
        reach = math.ceil(sigma * math.sqrt(2 * math.log(w0 / _NEGLIGIBLE)))
        nearest, second = _two_distances(ids, reach)
        near = np.isfinite(second)
        if background_only:
            near &= ids == 0
        # float64, so that how NumPy vectorises exp for this memory does not show.
        total = nearest[near].astype(np.float64) + second[near]
        weights[near] += w0 * np.exp(-(total**2) / (2 * sigma**2))
    return weights


def _two_distances(ids: np.ndarray, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the nearest and second nearest cell; inf where over ``reach``."""
    nearest = np.full(ids.shape, np.inf, np.float32)
    second = nearest.copy()
    if not ids.size:  # find_objects has no greatest id to start from.
        return nearest, second
    for number, box in enumerate(ndimage.find_objects(ids), start=1):
        if box is None:
            continue
        window = tuple(
            slice(max(side.start - reach, 0), side.stop + reach) for side in box
        )
        distance = _distance_to_border(ids[window] == number)
        one, two = nearest[window], second[window]
        np.minimum(two, np.maximum(one, distance), out=two)
        np.minimum(one, distance, out=one)
    return nearest, second


def _distance_to_border(cell: np.ndarray) -> np.ndarray | float:
    """Distance to the cell's pixels that have a neighbour outside it, either side."""
    cell = cell.view(np.uint8)
    # The image's own edge is no border: erosion takes what lies beyond it as cell.
    inside = cv2.erode(cell, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))
    elsewhere = 1 - (cell - inside)
    if elsewhere.all():  # The cell fills the image.
        return np.inf
    return cv2.distanceTransform(elsewhere, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
