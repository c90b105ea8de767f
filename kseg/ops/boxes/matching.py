"""What each anchor or proposal is to learn: which object, or that it is background.

N counts anchors or proposals, G the padded ground truth of an image; leading axes are
images.
"""

import keras
from keras import ops


def match(
    iou,
    valid,
    *,
    positive: float,
    negative: float,
    negative_from: float = 0.0,
    keep_best: bool = True,
    candidates=None,
):
    """Label anchors or proposals by their overlap with the ground truth.

    1 (object) where the best IoU is at least ``positive``, 0 (background) where it is
    in [negative_from, negative), -1 (ignored) elsewhere. With ``keep_best``, 1 also for
    every anchor that no other surpasses in IoU with some ground truth.

    Args:
        iou: (..., N, G) in [0, 1], ``pairwise_iou(anchors, boxes)``.
        valid: (..., G) bool or numbers, 0 for padding of the ground truth.
        positive: 0.7 in a region proposal network, 0.5 in the heads.
        negative: 0.3 in a region proposal network, 0.5 in the heads.
        negative_from: 0.1 in the heads of MNC and FCIS, which leave out backgrounds
            that touch nothing. Without valid ground truth all is background anyway.
        keep_best: Let no ground truth that overlaps any anchor go without: for region
            proposal networks.
        candidates: None, or (..., N) bool or numbers: 0 for what takes no part (anchors
            beyond the image, unused places of the proposals), which is labelled -1 and
            nobody's best.

    Returns:
        index: (..., N) int32 in [0, G), the ground truth with the largest IoU, of equal
            ones the first; 0 if none is valid.
        label: (..., N) int32, 1, 0 or -1.

    Raises:
        ValueError: Not ``0 <= negative_from <= negative <= positive``, or ``positive``
            is 0.

    Numerics:
        Anchors that tie for a ground truth's best are all kept; overlap must be above
        0. One kept so keeps its own best ground truth as index, if another than that
        which kept it, as in detectron2. A row with NaN is ignored.

    Example:
        IoU [[.8, 0], [.4, .2], [.1, .1]] at .7 and .3: index [0, 0, 0], label
        [1, 1, 0]: the second anchor is the best of the second ground truth.

    Reference:
        Ren et al., Faster R-CNN, NIPS 2015, section 3.1.2.
    """
    if not 0 <= negative_from <= negative <= positive or not positive > 0:
        raise ValueError(
            "Expected 0 <= negative_from <= negative <= positive and positive above 0. "
            f"Received: {negative_from=}, {negative=}, {positive=}."
        )
    iou, taking_part = _without_padding(iou, valid, candidates)
    best = ops.max(iou, axis=-1, initial=-1)
    index = _argmax(iou)
    # Below 0 there is no valid ground truth.
    touches = ops.logical_or(best >= negative_from, best < 0)
    background = ops.logical_and(touches, best < negative)
    is_object = best >= positive
    if keep_best:
        highest = ops.max(iou, axis=-2, keepdims=True, initial=0)
        surpassed_by_none = ops.logical_and(iou >= highest, iou > 0)
        is_object = ops.logical_or(is_object, ops.any(surpassed_by_none, axis=-1))
    label = ops.where(is_object, 1, ops.where(background, 0, -1))
    if taking_part is not None:
        label = ops.where(taking_part, label, -1)
    return index, ops.cast(label, "int32")


def _without_padding(iou, valid, candidates):
    """IoU with -1 at what takes no part, one column at least; candidates as bool."""
    iou = ops.convert_to_tensor(iou)
    matters = ops.cast(valid, "bool")[..., None, :]
    if candidates is not None:
        candidates = ops.cast(candidates, "bool")
        matters = ops.logical_and(matters, candidates[..., None])
    iou = ops.where(matters, iou, -1)
    if iou.shape[-1] == 0:
        iou = ops.pad(iou, [(0, 0)] * (len(iou.shape) - 1) + [(0, 1)], "constant", -1)
    return iou, candidates


def _argmax(x):
    """Over the last axis. Keras's own looks for negative zeros, ten times as long."""
    if keras.backend.backend() == "tensorflow":
        from kseg.ops import native

        return native.argmax(x)
    return ops.cast(ops.argmax(x, axis=-1), "int32")
