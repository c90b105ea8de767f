"""Naive oracle of non-maximum suppression: one box after the other, best first."""

import math

import numpy as np


def iou(a, b):
    """Of two boxes with area."""
    height = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    width = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    areas = sum((y2 - y1) * (x2 - x1) for y1, x1, y2, x2 in (a, b))
    return height * width / (areas - height * width)


def non_max_suppression(
    boxes, scores, max_outputs, iou_threshold, score_threshold=-math.inf, classes=None
):
    """Of one image: the indices that are kept, as a list."""
    kept = []
    for n in sorted(range(len(boxes)), key=lambda n: (-scores[n], n)):
        y1, x1, y2, x2 = boxes[n]
        usable = np.isfinite(boxes[n]).all() and y2 > y1 and x2 > x1
        if len(kept) == max_outputs or not usable or not scores[n] > score_threshold:
            continue
        rivals = [k for k in kept if classes is None or classes[k] == classes[n]]
        if all(iou(boxes[n], boxes[k]) <= iou_threshold for k in rivals):
            kept.append(n)
    return kept
