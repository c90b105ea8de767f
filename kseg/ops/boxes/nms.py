"""Non-maximum suppression: of boxes that overlap, the one with the best score stays."""

import math

import numpy as np
from keras import ops

from kseg.ops.boxes.geometry import as_float, box_area, pairwise_iou
from kseg.ops.lowering import current_form

# Square pixels, and classes side by side: see below.
_LEAST_AREA = 1e-30
_IN_A_ROW = 10


def non_max_suppression(
    boxes,
    scores,
    max_outputs: int,
    iou_threshold: float,
    score_threshold: float = -math.inf,
    classes=None,
):
    """Keep the best box, drop what overlaps it, and so on with what is left.

    Args:
        boxes: (..., N, 4); leading axes are images, N is static.
        scores: (..., N), of which those above ``score_threshold`` take part.
        max_outputs: How many boxes to keep at most.
        iou_threshold: In [0, 1). Boxes with a larger IoU with a kept one are dropped:
            0.7 for proposals, 0.5 for detections in detectron2.
        score_threshold: 0.05 for detections in detectron2. Mark padding with minus
            infinity, or with a score that is no higher than this.
        classes: None, or (..., N) int from 0: boxes are dropped only for one of their
            own class, or of their own pyramid level in a region proposal network.

    Returns:
        indices: (..., max_outputs) int32 into N, best score first, 0 where unused.
        count: (...) int32, how many are used. ``kseg.ops.gather`` takes the boxes.

    Raises:
        ValueError: ``max_outputs`` is not an int from 1, ``iou_threshold`` is not in
            [0, 1), or a shape does not fit.

    Numerics:
        float32. Boxes without area, or with a coordinate that is not finite, are never
        kept. Of equal scores the first wins (in TFLite any). Classes are moved apart by
        whole images, ten to a row: with 80 classes of 1000 pixels a box moves by up to
        1e-3 pixels where coordinates round. No gradient.

        TFLite's kernel drops at an IoU equal to the threshold: it gets the next larger
        number. It would return a box without area again and again, which is why none
        is given to it.

    Example:
        Boxes (0, 0, 2, 2), (0, 0, 2, 3) and (5, 5, 6, 6) with scores .8, .9, .1 and a
        threshold of 0.5: indices [1, 2, 0] of at most 3, count 2.

    Reference:
        Girshick et al., R-CNN, CVPR 2014, section 2.2.
    """
    boxes, scores = _checked(boxes, scores, max_outputs, iou_threshold)
    eligible = _has_area(boxes)
    if classes is not None:
        boxes = ops.where(eligible[..., None], boxes, 0)
        boxes = _class_by_class(boxes, ops.cast(classes, "int32"))
        eligible = _has_area(boxes)
    scores = ops.where(eligible, scores, -math.inf)
    lead, total = ops.shape(scores)[:-1], scores.shape[-1]
    if total == 0:
        return ops.zeros((*lead, max_outputs), "int32"), ops.zeros(lead, "int32")
    flat = (ops.reshape(boxes, (-1, total, 4)), ops.reshape(scores, (-1, total)))
    form = current_form()
    if form == "tflite":
        iou_threshold = np.nextafter(np.float32(iou_threshold), np.float32(1))
    limits = (max_outputs, float(iou_threshold), float(score_threshold))
    if form == "portable":
        indices, count = _by_loop(*flat, *limits)
    else:
        from kseg.ops import native

        indices, count = native.non_max_suppression(*flat, *limits)
    return ops.reshape(indices, (*lead, max_outputs)), ops.reshape(count, lead)


def _checked(boxes, scores, max_outputs, iou_threshold):
    """Boxes and scores as float32 tensors without gradient."""
    if not isinstance(max_outputs, int) or max_outputs < 1:
        raise ValueError(f"max_outputs must be an int from 1. Received: {max_outputs}.")
    if not 0 <= iou_threshold < 1:
        raise ValueError(f"iou_threshold must be in [0, 1). Received: {iou_threshold}.")
    (boxes,) = as_float(boxes)
    scores = ops.cast(scores, "float32")
    if boxes.shape[-2] is None or len(boxes.shape) != len(scores.shape) + 1:
        raise ValueError(
            "Expected boxes (..., N, 4), N known, and scores (..., N). Received: "
            f"boxes.shape={tuple(boxes.shape)}, scores.shape={tuple(scores.shape)}."
        )
    boxes = ops.cast(boxes, "float32")
    return ops.stop_gradient(boxes), ops.stop_gradient(scores)


def _has_area(boxes):
    """False also where a coordinate is not finite."""
    area = box_area(boxes)
    return ops.logical_and(area > _LEAST_AREA, area < math.inf)


def _class_by_class(boxes, classes):
    """Boxes of different classes moved apart, so that they do not overlap.

    Each class gets a square as large as what all boxes of the image cover. In rows of
    ten the squares stay nearer to 0 than in one line, and coordinates finer.
    """
    # Beginning at 0: without an initial value Keras refuses an empty batch.
    highest, lowest = (
        of(boxes, axis=(-2, -1), initial=0.0) for of in (ops.max, ops.min)
    )
    extent = highest - lowest + 1
    row, column = classes // _IN_A_ROW, classes % _IN_A_ROW
    places = ops.cast(ops.stack([row, column, row, column], axis=-1), "float32")
    return boxes + places * extent[..., None, None]


def _by_loop(boxes, scores, max_outputs, iou_threshold, score_threshold):
    """Arg-max and suppress, ``max_outputs`` times, all images at once."""
    images, total = ops.shape(scores)[0], scores.shape[-1]
    place, slot = (ops.arange(n, dtype="int32")[None] for n in (total, max_outputs))
    scores = ops.where(scores > score_threshold, scores, -math.inf)

    def keep_one(i, state):
        scores, indices, count = state
        best = ops.max(scores, axis=-1, keepdims=True, initial=-math.inf)
        is_best = ops.logical_and(scores == best, scores > -math.inf)
        first = ops.where(is_best, place, total)
        first = ops.min(first, axis=-1, keepdims=True, initial=total)
        kept = place == first
        box = ops.sum(ops.where(kept[..., None], boxes, 0), axis=-2, keepdims=True)
        overlap = pairwise_iou(box, boxes)[:, 0]
        goes = ops.logical_or(kept, overlap > iou_threshold)
        any_left = first < total
        indices = ops.where(ops.logical_and(slot == i, any_left), first, indices)
        count = count + ops.cast(any_left[:, 0], "int32")
        return ops.where(goes, -math.inf, scores), indices, count

    indices = ops.zeros((images, max_outputs), "int32")
    state = (scores, indices, ops.zeros((images,), "int32"))
    return ops.fori_loop(0, max_outputs, keep_one, state)[1:]
