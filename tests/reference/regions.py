"""Naive oracles of pooling regions: one box, one bin, one sample at a time.

And what to try them on.
"""

import math

import numpy as np


def clamped(y, x, height, width, beyond):
    """Neighbours (row, column, weight) of a place, the border repeated a little."""
    for at, length in ((y, height), (x, width)):
        if not -beyond <= at <= length - 1 + beyond:
            return []
    y, x = (min(max(at, 0), n - 1) for at, n in ((y, height), (x, width)))
    top, left = math.floor(y), math.floor(x)
    return [
        (row, column, (1 - abs(y - row)) * (1 - abs(x - column)))
        for row in {top, min(top + 1, height - 1)}
        for column in {left, min(left + 1, width - 1)}
    ]


def zeros_outside(y, x, height, width):
    """The formula of RoI warping: every pixel of the map that has a weight."""
    weights = (
        (row, column, max(0, 1 - abs(y - row)) * max(0, 1 - abs(x - column)))
        for row, column in np.ndindex(height, width)
    )
    return [neighbour for neighbour in weights if neighbour[2] > 0]


def align_places(box, scale, size, samples, aligned):
    """For each bin and sample: (i, j, y, x), and its weight."""
    y1, x1, y2, x2 = (scale * float(c) - (0.5 if aligned else 0) for c in box)
    height, width = y2 - y1, x2 - x1
    if not aligned:
        height, width = max(height, 1), max(width, 1)
    down, across = samples_of(height, width, size, samples)
    for i, j in np.ndindex(*size):
        for k, m in np.ndindex(down, across):
            y = y1 + (i + (k + 0.5) / down) * height / size[0]
            x = x1 + (j + (m + 0.5) / across) * width / size[1]
            yield i, j, y, x, 1 / (down * across)


def samples_of(height, width, size, samples):
    """In a bin along each axis. torchvision's rule where ``samples`` is None: the
    height of the box over the number of bins, rounded up, as detectron2's 0."""
    if samples is not None:
        return samples, samples
    sides = zip((height, width), size, strict=True)
    return tuple(max(math.ceil(side / bins), 0) for side, bins in sides)


def roi_align(features, boxes, scale, size, samples=2, aligned=True):
    """Of one image (H, W, C) and boxes (R, 4): (R, h, w, C)."""
    pooled = np.zeros((len(boxes), *size, features.shape[-1]))
    for r, box in enumerate(boxes):
        for i, j, y, x, share in align_places(box, scale, size, samples, aligned):
            for row, column, weight in clamped(y, x, *features.shape[:2], 1):
                pooled[r, i, j] += share * weight * features[row, column]
    return pooled


def roi_align_gradient(upstream, shape, boxes, scale, size, samples=2, aligned=True):
    """What each pixel of a map (H, W, C) gets, for upstream (R, h, w, C)."""
    gradient = np.zeros(shape)
    for r, box in enumerate(boxes):
        for i, j, y, x, share in align_places(box, scale, size, samples, aligned):
            for row, column, weight in clamped(y, x, *shape[:2], 1):
                gradient[row, column] += share * weight * upstream[r, i, j]
    return gradient


def roi_warp(features, boxes, scale, size, rounded=False):
    """Of one image (H, W, C) and boxes (R, 4): (R, h, w, C)."""
    pooled = np.zeros((len(boxes), *size, features.shape[-1]))
    for r, box in enumerate(boxes):
        y1, x1, y2, x2 = (scale * float(c) for c in box)
        if rounded:
            y1, x1, y2, x2 = (_round(c) for c in (y1, x1, y2, x2))
        for i, j in np.ndindex(*size):
            y = y1 + i / size[0] * (y2 - y1)
            x = x1 + j / size[1] * (x2 - x1)
            for row, column, weight in zeros_outside(y, x, *features.shape[:2]):
                pooled[r, i, j] += weight * features[row, column]
    return pooled


def mask_target(mask, box, roi, size):
    """Of one mask (m, n) in the frame of its box: (h, w) in [0, 1]."""
    target = np.zeros(size)
    sides = (box[2] - box[0], box[3] - box[1])
    for i, j in np.ndindex(*size) if min(sides) > 0 else ():
        y = roi[0] + (i + 0.5) / size[0] * (roi[2] - roi[0])
        x = roi[1] + (j + 0.5) / size[1] * (roi[3] - roi[1])
        y = (y - box[0]) / sides[0] * mask.shape[0] - 0.5
        x = (x - box[1]) / sides[1] * mask.shape[1] - 0.5
        for row, column, weight in clamped(y, x, *mask.shape, 0.5):
            target[i, j] += weight * mask[row, column]
    return target


def _round(x):
    return int(math.copysign(math.floor(abs(x) + 0.5), x))


def odd_boxes(count, seed=0):
    """Inside an image of 36x52, across its border, beyond it, small, without area."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform((-15, -15), (51, 67), (count, 2))
    longest = rng.choice([0.0, 1.0, 9.0, 40.0, 90.0], (count, 1))
    half = longest * rng.uniform(0.25, 0.5, (count, 2))
    boxes = np.concatenate([centre - half, centre + half], axis=-1)
    return boxes.astype("float32")


def values(*shape, seed=0):
    """Features to pool."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def ramp():
    """0 to 24 in rows of 5."""
    return np.arange(25, dtype="float32").reshape(1, 5, 5, 1)
