"""Naive oracle of proposals: one anchor, one level at a time."""

import math

from tests.reference import boxes as of_boxes
from tests.reference.nms import non_max_suppression


def proposals(
    objectness, deltas, anchors, image_size, candidates, count, iou_threshold, min_size
):
    """Of one image, for each level (n,), (n, 4) and (n, 4): boxes, the best first."""
    height, width = image_size
    kept = []
    for scores, moves, level in zip(objectness, deltas, anchors, strict=True):
        boxes = []
        for move, anchor in zip(moves, level, strict=True):
            box = of_boxes.decode(move, anchor, (1, 1, 1, 1), math.log(1000 / 16))
            limits = (height, width, height, width)
            boxes.append([min(max(x, 0), n) for x, n in zip(box, limits, strict=True)])
        order = sorted(range(len(boxes)), key=lambda n: (-scores[n], n))
        usable = [n for n in order if min(_sides(boxes[n])) >= min_size]
        chosen = (usable if min_size else order)[:candidates]
        alone = non_max_suppression(
            [boxes[n] for n in chosen],
            [scores[n] for n in chosen],
            len(chosen),
            iou_threshold,
        )
        kept += [(scores[chosen[k]], boxes[chosen[k]]) for k in alone]
    return [box for _, box in sorted(kept, key=lambda x: -x[0])[:count]]


def _sides(box):
    return box[2] - box[0], box[3] - box[1]
