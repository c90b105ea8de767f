"""Naive oracles of what is found: one region, one class at a time."""

import math

import numpy as np

from tests.reference import boxes as of_boxes
from tests.reference.nms import non_max_suppression


def class_scores(logits, exists):
    """Of one image, logits (R, K + 1): (R, K)."""
    scores = np.zeros((len(logits), logits.shape[1] - 1))
    for r, row in enumerate(logits):
        total = sum(math.exp(x) for x in row)
        for k in range(len(row) - 1):
            scores[r, k] = math.exp(row[k + 1]) / total * exists[r]
    return scores


def class_boxes(deltas, regions, size, weights, means):
    """Of one image, deltas (R, K, 4) and regions with area: (R, K, 4)."""
    boxes = np.zeros(deltas.shape)
    for r, k in np.ndindex(deltas.shape[:2]):
        box = of_boxes.decode(
            deltas[r, k], regions[r], weights, math.log(1000 / 16), means
        )
        limits = (size[0], size[1], size[0], size[1])
        boxes[r, k] = [min(max(x, 0), n) for x, n in zip(box, limits, strict=True)]
    return boxes


def select(boxes, scores, count, score_threshold, iou_threshold):
    """Of one image: (score, class, region, box) of each detection, the best first."""
    kept = []
    for k in range(scores.shape[1]):
        of_class = boxes[:, k if boxes.shape[1] > 1 else 0]
        alone = non_max_suppression(
            of_class, scores[:, k], len(boxes), iou_threshold, score_threshold
        )
        kept += [(scores[r, k], k + 1, r, of_class[r]) for r in alone]
    return sorted(kept, key=lambda x: -x[0])[:count]
