"""Separate objects from a label map, so that touching ones come apart.

Label maps are what a bundle gives: a run separates its own in the same way, so that
both find the same objects.

A rule, as a bundle's metadata carries it, is one of

    {"method": "watershed", "interior": 1, "border": 2, "min_area": 20}
    {"method": "components", "classes": [1], "min_area": 20}

Ids are int32: 0 is background, objects are 1..N without gaps. Cost grows linearly with
the pixels. Memory: at most two int32 maps of the image's size at once, the result
among them; the watershed itself works in blocks.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np

# Watershed blocks, in pixels. What lies further than the halo outside of a block does
# not reach into it: twice the half width of a large nucleus.
BLOCK, HALO = 1024, 96
_SQUARE = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


def separate(labels: np.ndarray, rule: dict[str, Any]) -> np.ndarray:
    """Objects of a label map by a rule of the metadata.

    Args:
        labels: (H, W) uint8 class ids.
        rule: ``method`` ("watershed" or "components") and its arguments by name.

    Returns:
        (H, W) int32: 0 background, 1..N the objects.

    Raises:
        ValueError: An unknown method or argument, or labels of another shape.
    """
    methods = {"watershed": watershed_objects, "components": component_objects}
    arguments = dict(rule)
    method = arguments.pop("method", None)
    if method not in methods:
        raise ValueError(
            f"Expected an instance rule with method {' or '.join(methods)}. "
            f"Received: {rule!r}."
        )
    try:
        return methods[method](labels, **arguments)
    except TypeError as error:
        raise ValueError(f"Instance rule {rule!r}: {error}.") from error


def object_classes(rule: dict[str, Any]) -> tuple[int, ...]:
    """The class ids that an object of this rule can have."""
    if rule["method"] == "components":
        return tuple(rule.get("classes", (1,)))
    return (rule.get("interior", 1),)


def watershed_objects(
    labels: np.ndarray, *, interior: int = 1, border: int = 2, min_area: int = 20
) -> np.ndarray:
    """Objects from interiors and the borders between them, by a seeded watershed.

    Markers are the connected interiors (8-neighbourhood, as everywhere here); a piece
    of foreground (interior or border) without any is a marker of its own. The markers
    flood the foreground from where it is thickest to its rim, so that what
    they share is parted at the neck. What remains smaller than ``min_area`` is given
    to the objects that it touches, or dropped where it stands alone. Holes are filled.

    Args:
        labels: (H, W) uint8 class ids.
        interior, border: The class ids of an object's inside and of its rim.
        min_area: Smallest object in pixels.

    Returns:
        (H, W) int32: 0 background, 1..N the objects, in no particular order.

    Raises:
        ValueError: ``labels`` is not (H, W) uint8.

    Reference: Meyer, "Un algorithme optimal pour la ligne de partage des eaux", 1991,
        as ``skimage.segmentation.watershed``.
    """
    _check(labels)
    seeds = (labels == interior).view(np.uint8)
    foreground = seeds | (labels == border).view(np.uint8)
    seeds |= _without_seed(foreground, seeds)
    count, ids = cv2.connectedComponents(seeds, connectivity=8)
    del seeds
    _flood(ids, foreground)
    areas = _areas(ids, count)
    if np.any(areas[1:] < min_area):
        keep = areas >= min_area
        keep[0] = False
        count = _renumber(ids, keep)
        _flood(ids, foreground)
    _fill_holes(ids, count)
    return ids


def component_objects(
    labels: np.ndarray, *, classes: Sequence[int] = (1,), min_area: int = 20
) -> np.ndarray:
    """Objects as the connected pieces (8-neighbourhood) of each class.

    Args:
        labels: (H, W) uint8 class ids.
        classes: The class ids whose pieces are objects.
        min_area: Smallest object in pixels; smaller ones are dropped.

    Returns:
        (H, W) int32: 0 background, 1..N the objects, those of the first class first;
        holes filled.

    Raises:
        ValueError: ``labels`` is not (H, W) uint8.
    """
    _check(labels)
    ids, total = np.zeros(labels.shape, np.int32), 1
    for class_id in dict.fromkeys(classes):  # each once
        mask = (labels == class_id).view(np.uint8)
        count, pieces = cv2.connectedComponents(mask)
        keep = _areas(pieces, count) >= min_area
        keep[0] = False
        count = _renumber(pieces, keep)
        for rows in _bands(ids):
            found = pieces[rows] > 0
            ids[rows][found] = pieces[rows][found] + (total - 1)
        total += count - 1
    _fill_holes(ids, total)
    return ids


def _check(labels):
    if labels.ndim != 2 or labels.dtype != np.uint8 or 0 in labels.shape:
        raise ValueError(
            "Expected a label map (height, width) of uint8 with at least one pixel. "
            f"Received: shape={labels.shape}, dtype={labels.dtype}."
        )


def _without_seed(foreground, seeds):
    """The pieces of foreground that hold no seed, uint8."""
    count, pieces = cv2.connectedComponents(foreground, connectivity=8)
    seeded = np.zeros(count, bool)
    for rows in _bands(pieces):
        seeded[pieces[rows][seeds[rows] > 0]] = True
    seeded[0] = True
    if seeded.all():
        return np.zeros_like(seeds)
    return np.concatenate([~seeded[pieces[rows]] for rows in _bands(pieces)])


def _flood(ids, foreground):
    """Give each unlabelled foreground pixel the marker that reaches it, in place.

    Block by block: what a block has flooded is a marker for the next, so seams agree.
    """
    height, width = ids.shape
    for top in range(0, height, BLOCK):
        for left in range(0, width, BLOCK):
            halo = (
                slice(max(0, top - HALO), top + BLOCK + HALO),
                slice(max(0, left - HALO), left + BLOCK + HALO),
            )
            flooded = _watershed(ids[halo], foreground[halo])
            if flooded is not None:
                y, x = top - halo[0].start, left - halo[1].start
                ids[top : top + BLOCK, left : left + BLOCK] = flooded[
                    y : y + BLOCK, x : x + BLOCK
                ]


def _watershed(ids, foreground):
    labelled = (ids > 0).view(np.uint8)
    if not labelled.any() or not np.any(foreground > labelled):
        return None
    from skimage.segmentation import watershed

    depth = cv2.distanceTransform(foreground, cv2.DIST_L2, 3)
    # Pixels with labelled neighbours all around have nothing to flood: leaving them
    # out of the queue is most of the speed.
    enclosed = cv2.erode(labelled, _SQUARE, borderValue=1) > 0
    active = (foreground > 0) & ~enclosed
    flooded = watershed(-depth, ids * active, mask=active, connectivity=2)
    np.copyto(flooded, ids, where=enclosed)
    return flooded


def _fill_holes(ids, count):
    """Give background that one object alone encloses to that object, in place."""
    holes, pieces = cv2.connectedComponents((ids == 0).view(np.uint8), connectivity=4)
    lowest = np.full(holes, count, np.int32)
    highest = np.zeros(holes, np.int32)
    for rows in _bands(ids):
        # One row more, so that no pair of neighbours is missed between two bands.
        some = slice(rows.start, rows.stop + 1)
        for ahead, behind in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
            for hole, other in ((ahead, behind), (behind, ahead)):
                beside, around = ids[some][other], pieces[some][hole]
                pairs = (around > 0) & (beside > 0)
                np.minimum.at(lowest, around[pairs], beside[pairs])
                np.maximum.at(highest, around[pairs], beside[pairs])
    owner = np.where(lowest == highest, lowest, 0).astype(np.int32)
    for edge in (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]):
        owner[edge] = 0
    owner[0] = 0
    if owner.any():
        for rows in _bands(ids):
            ids[rows] += owner[pieces[rows]]


def _areas(ids, count):
    """Pixels of each id below ``count``."""
    areas = np.zeros(count, np.int64)
    for rows in _bands(ids):
        areas += np.bincount(ids[rows].ravel(), minlength=count)
    return areas


def _renumber(ids, keep):
    """Close the gaps in place; returns one more than the objects that are left."""
    number = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    for rows in _bands(ids):
        ids[rows] = number[ids[rows]]
    return int(number.max()) + 1


def _bands(array: np.ndarray) -> Iterator[slice]:
    """Slices of rows of about a million pixels: temporaries stay small."""
    height, width = array.shape
    step = max(1, 2**20 // width)
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))
