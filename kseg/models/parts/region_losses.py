"""The losses of the heads of an R-CNN.

Of ``Regions``; P counts those at their beginning among which all objects are. Each loss
is one number, or with ``each`` one for each region, not divided by anything: for
choosing the hardest of them (OHEM: Shrivastava et al., CVPR 2016), or for another
normaliser.
"""

import keras
from keras import ops

from kseg.models.parts.regions import Regions
from kseg.ops import class_masks, encode_boxes, gather, mask_targets
from kseg.ops.boxes.box_coding import MEANS, WEIGHTS


def class_loss(logits, regions: Regions, *, each: bool = False):
    """Mean softmax cross-entropy of the regions; ``logits`` are (B*R, K + 1).

    With ``each`` (B, R).
    """
    count = regions.classes.shape[1]
    classes = ops.reshape(regions.classes, (-1,))
    chosen = ops.one_hot(classes, logits.shape[-1], dtype=logits.dtype)
    entropy = -ops.sum(chosen * ops.log_softmax(logits), axis=-1)
    weights = ops.reshape(ops.cast(regions.weights, logits.dtype), (-1,))
    if each:
        return ops.reshape(entropy * weights, (-1, count))
    return ops.sum(entropy * weights) / ops.maximum(ops.sum(weights), 1)


def box_loss(
    deltas,
    regions: Regions,
    truth,
    most: int,
    *,
    sigma: float | None = None,
    weights=WEIGHTS,
    means=MEANS,
    each: bool = False,
):
    """Error of the deltas of each object's own class, over the number of all regions.

    Args:
        deltas: (B*R, K, 4), or (B*R, 1, 4) for boxes of any class.
        regions: All R.
        truth: As in ``sample_regions``.
        most: P.
        sigma: Of ``smooth_l1``; None for L1.
        weights, means: Of ``kseg.ops.encode_boxes``. One over the standard deviations
            of the targets: (10, 10, 5, 5) in Mask R-CNN and MNC, (5, 5, 2, 2) in FCIS.
        each: Return (B, P).
    """
    count, kinds = regions.classes.shape[1], deltas.shape[1]
    objects = regions.first(most)
    deltas = ops.reshape(deltas, (-1, count, kinds, 4))[:, :most]
    if kinds > 1:
        own = ops.reshape(ops.maximum(objects.classes - 1, 0), (-1, 1))
        deltas = gather(ops.reshape(deltas, (-1, kinds, 4)), own)
    deltas = ops.reshape(deltas, (-1, most, 4))
    boxes = gather(ops.cast(truth["boxes"], "float32"), objects.index)
    target = encode_boxes(boxes, ops.stop_gradient(objects.boxes), weights, means)
    error = smooth_l1(deltas - ops.cast(target, deltas.dtype), sigma)
    error = ops.sum(error, axis=-1) * ops.cast(objects.classes > 0, deltas.dtype)
    if each:
        return error
    drawn = ops.cast(ops.sum(regions.weights), deltas.dtype)
    return ops.sum(error) / ops.maximum(drawn, 1)


def mask_loss(logits, objects: Regions, truth, *, threshold=0.5, each: bool = False):
    """Mean binary cross-entropy of the masks of the objects' own classes.

    Args:
        logits: (B*P, m, m, K), or (B*P, m, m, 1) for masks of any class.
        objects: The first P regions.
        truth: With ``masks`` (B, G, n, n), each in the frame of its box.
        threshold: Of ``kseg.ops.mask_targets``; 0.4 in MNC and FCIS.
        each: Return (B, P), each the mean over its pixels.
    """
    size = tuple(logits.shape[1:3])
    target = mask_targets(
        truth["masks"], truth["boxes"], objects.boxes, objects.index, size, threshold
    )
    classes = ops.reshape(objects.classes, (-1,))
    logits = class_masks(logits, classes)
    if keras.backend.standardize_dtype(logits.dtype) != "float64":
        logits = ops.cast(logits, "float32")
    target = ops.cast(ops.reshape(target, (-1, *size)), logits.dtype)
    entropy = ops.mean(ops.softplus(logits) - target * logits, axis=(1, 2))
    is_object = ops.cast(classes > 0, logits.dtype)
    if each:
        return ops.reshape(entropy * is_object, (-1, objects.classes.shape[1]))
    return ops.sum(entropy * is_object) / ops.maximum(ops.sum(is_object), 1)


def smooth_l1(error, sigma: float | None = None):
    """``|x|``, or below ``1 / sigma**2`` the parabola that meets it there.

    ``(sigma * x)**2 / 2`` where ``|x| < 1 / sigma**2``, else ``|x| - 1/2 sigma**-2``.

    Args:
        error: Any shape.
        sigma: 3 in the region proposal network of Faster R-CNN's code, 1 in its head;
            None for L1.

    Reference:
        Girshick, Fast R-CNN, ICCV 2015, eq. 3.
    """
    size = ops.abs(error)
    if sigma is None:
        return size
    knee = 1 / sigma**2
    return ops.where(size < knee, size * size / (2 * knee), size - knee / 2)
