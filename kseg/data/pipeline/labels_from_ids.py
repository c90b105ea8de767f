"""Label maps from ids of objects, made after the warp from the warped ids.

``(H, W)`` ids, 0 background. What lies outside the image counts as nothing: an object
that the image cuts has no border along the cut.
"""

import cv2
import numpy as np

BACKGROUND, INTERIOR, BORDER = 0, 1, 2
_SQUARE = np.ones((3, 3), np.uint8)


def border_labels(ids: np.ndarray, width: float = 1) -> np.ndarray:
    """Background, interior, and a border all around each object.

    The depth of an object's pixel is its distance to the nearest pixel of the object
    that has another id, or the background, among its eight neighbours: 0 for those.
    ``border(p): depth(p) < width``; but an object's deepest pixels are interior
    always, so that none is lost.

    Args:
        ids: ``(H, W)``, any integer type, 0 background.
        width: Of the border in pixels, above 0.

    Returns:
        uint8 ``(H, W)``: 0 background, 1 interior, 2 border.

    Raises:
        ValueError: ``width`` is out of range.

    Numerics:
        Euclidean distances in float32, exact but for rounding.

    Example:
        In one row, at width 1: ids 0 3 3 3 3 8 8 8 give 0 2 1 1 2 2 1 1.
    """
    if width <= 0:
        raise ValueError(
            f"A border is wider than 0 pixels. Received: width={width}. For object "
            'against background alone, without borders, use target="labels"'
        )
    ids = np.asarray(ids)
    if not ids.size or not ids.any():
        return np.zeros(ids.shape, np.uint8)
    deepest, depth = _depth(ids)
    labels = np.where(depth >= np.minimum(width, deepest)[ids], INTERIOR, BORDER)
    return np.where(ids > 0, labels, BACKGROUND).astype(np.uint8)


def contact_labels(ids: np.ndarray, width: int = 2) -> np.ndarray:
    """Background, interior, and a border only where objects touch, or nearly.

    ``border(p)``: a pixel of another object lies within ``width`` pixels of p. An
    object that this would cover keeps its deepest pixels as interior.

    Args:
        ids: ``(H, W)``, any integer type, 0 background.
        width: Reach in pixels, 1 or more.

    Returns:
        uint8 ``(H, W)``: 0 background, 1 interior, 2 border.

    Raises:
        ValueError: ``width`` is less than 1.

    Example:
        In one row, at width 1: ids 0 3 3 3 8 8 0 give 0 1 1 2 2 1 0.
    """
    if width < 1:
        raise ValueError(
            f"A contact reaches over at least 1 pixel. Received: width={width}. For "
            'object against background alone, without borders, use target="labels"'
        )
    ids = np.asarray(ids)
    if not ids.size or not ids.any():
        return np.zeros(ids.shape, np.uint8)
    near = np.hypot(*np.ogrid[-width : width + 1, -width : width + 1]) <= width
    values = ids.astype(np.float32)  # as in _depth
    greatest = cv2.dilate(values, near.view(np.uint8))
    values[ids == 0] = np.inf
    border = (ids > 0) & (cv2.erode(values, near.view(np.uint8)) != greatest)
    covered = np.ones(int(ids.max()) + 1, bool)
    covered[ids[~border]] = False
    if covered[ids].any():
        deepest, depth = _depth(ids)
        border &= ~(covered[ids] & (depth >= deepest[ids]))
    return np.where(border, BORDER, ids > 0).astype(np.uint8)


def _depth(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each object's greatest depth, and each pixel's distance to its object's rim."""
    # OpenCV erodes no int32; float32 holds ids up to 2**24 exactly.
    values = ids.astype(np.float32)
    same = cv2.erode(values, _SQUARE) == cv2.dilate(values, _SQUARE)
    depth = np.zeros(ids.shape, np.float32)
    if not same.all():  # else one object fills the image: no rim to measure from
        depth = cv2.distanceTransform(
            same.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )
    deepest = np.zeros(int(ids.max()) + 1, np.float32)
    np.maximum.at(deepest, ids, depth)
    return deepest, depth


def cut_ridge(ids: np.ndarray) -> np.ndarray:
    """Cut a background ridge, one pixel wide, between objects that touch.

    An object's pixel with a greater id among its eight neighbours becomes background,
    so no two objects touch, diagonally either. The pixels come off the smaller id.

    Args:
        ids: ``(H, W)``, any integer type, 0 background.

    Returns:
        ``(H, W)`` of the ids' type. An object no wider than the ridge can vanish.

    Example:
        In one row: ids 0 3 3 3 8 8 give 0 3 3 0 8 8.
    """
    ids = np.asarray(ids)
    if not ids.size:
        return ids
    values = ids.astype(np.float32)  # as in _depth
    return np.where(cv2.dilate(values, _SQUARE) == values, ids, 0).astype(ids.dtype)


def ridge_labels(ids: np.ndarray) -> np.ndarray:
    """The paper's two classes: cell, and background with a ridge between cells.

    Args:
        ids: ``(H, W)``, any integer type, 0 background.

    Returns:
        uint8 ``(H, W)``: 1 where ``cut_ridge`` leaves a cell, otherwise 0.

    Reference:
        Ronneberger et al., U-Net, 2015, section 3.
    """
    return foreground_labels(cut_ridge(ids))


def foreground_labels(ids: np.ndarray) -> np.ndarray:
    """1 where there is an object and 0 elsewhere, uint8 ``(H, W)``."""
    return (np.asarray(ids) > 0).astype(np.uint8)
