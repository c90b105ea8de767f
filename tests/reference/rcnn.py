"""Naive oracles of what an R-CNN learns from: one anchor, one region at a time."""

import math

import numpy as np

from tests.reference import boxes as of_boxes
from tests.reference import regions as of_regions
from tests.reference.matching import match, sample
from tests.reference.nms import iou


def overlaps(boxes, objects, valid):
    """IoU (N, G) of boxes with area; 0 with padding."""
    table = np.zeros((len(boxes), len(objects)))
    for n, g in np.ndindex(table.shape):
        if valid[g]:
            table[n, g] = iou(boxes[n], objects[g])
    return table


def smooth_l1(x, sigma):
    x = abs(x)
    if sigma is None:
        return x
    return (sigma * x) ** 2 / 2 if x < 1 / sigma**2 else x - 1 / (2 * sigma**2)


def rpn_terms(
    objectness, deltas, anchors, objects, valid, keys, count, most, **options
):
    """Of one image: (entropy, error) of each anchor drawn."""
    sigma, size = options.get("sigma"), options.get("image_size")
    inside = None
    if size is not None:
        inside = [
            y1 >= 0 and x1 >= 0 and y2 <= size[0] and x2 <= size[1]
            for y1, x1, y2, x2 in anchors
        ]
    index, label = match(
        overlaps(anchors, objects, valid),
        valid,
        options.get("positive", 0.7),
        options.get("negative", 0.3),
        candidates=inside,
    )
    terms = []
    for n, weight in zip(*sample(label, keys, count, most), strict=True):
        probability = 1 / (1 + math.exp(-objectness[n]))
        is_object = label[n] == 1
        entropy = -math.log(probability if is_object else 1 - probability)
        error = 0
        if is_object:
            target = of_boxes.encode(objects[index[n]], anchors[n], (1, 1, 1, 1))
            pairs = zip(deltas[n], target, strict=True)
            error = sum(smooth_l1(d - t, sigma) for d, t in pairs)
        terms.append((weight * entropy, weight * error))
    return np.array(terms)


def regions(
    proposals,
    exists,
    objects,
    classes,
    keys,
    count,
    most,
    positive=0.5,
    bands=((0, 0.5, 1),),
    append_truth=True,
    refill=False,
):
    """Of one image: (box, class) of each region drawn, and its object."""
    valid = classes > 0
    if append_truth:
        proposals = np.concatenate([proposals, objects])
        exists = np.concatenate([exists, valid])
    index = np.zeros(len(proposals), int)
    label, band = (np.full(len(proposals), -1) for _ in range(2))
    for n, box in enumerate(proposals):
        if not exists[n]:
            continue
        of_each = [iou(box, o) if v else 0 for o, v in zip(objects, valid, strict=True)]
        best = max(of_each, default=0)
        index[n] = of_each.index(best) if valid.any() else 0
        if best >= positive:
            label[n] = 1
        for b, (low, high, _) in enumerate(bands):
            if low <= best < high and best < positive:
                label[n], band[n] = 0, b
        if not valid.any():
            label[n], band[n] = 0, 0
    shares = [share for _, _, share in bands]
    may = [bool(e) for e in exists] if refill else None
    drawn, weights = sample(label, keys, count, most, band, shares, may)
    found = []
    for slot, (n, weight) in enumerate(zip(drawn, weights, strict=True)):
        is_object = weight and label[n] == 1 and slot < most
        kind = classes[index[n]] if is_object else 0
        found.append((n, index[n], kind, weight))
    return found


def class_terms(logits, classes, weights):
    """Of one image, logits (R, K + 1)."""
    terms = []
    for row, kind, weight in zip(logits, classes, weights, strict=True):
        total = sum(math.exp(x) for x in row)
        terms.append(-weight * math.log(math.exp(row[kind]) / total))
    return terms


def box_terms(deltas, boxes, classes, objects, index, sigma, weights, means):
    """Of one image, deltas (R, K, 4) or (R, 1, 4)."""
    terms = []
    for r, kind in enumerate(classes):
        error = 0
        if kind > 0:
            own = deltas[r, kind - 1 if deltas.shape[1] > 1 else 0]
            target = of_boxes.encode(objects[index[r]], boxes[r], weights, means)
            pairs = zip(own, target, strict=True)
            error = sum(smooth_l1(d - t, sigma) for d, t in pairs)
        terms.append(error)
    return terms


def mask_terms(logits, boxes, classes, masks, objects, index, threshold):
    """Of one image, logits (R, m, m, K) or (R, m, m, 1)."""
    terms = []
    for r, kind in enumerate(classes):
        entropy = 0
        if kind > 0:
            own = logits[r, ..., kind - 1 if logits.shape[-1] > 1 else 0]
            target = of_regions.mask_target(
                masks[index[r]], objects[index[r]], boxes[r], own.shape
            )
            for i, j in np.ndindex(own.shape):
                probability = 1 / (1 + math.exp(-own[i, j]))
                is_on = target[i, j] >= threshold
                entropy -= math.log(probability if is_on else 1 - probability)
            entropy /= own.size
        terms.append(entropy)
    return terms
