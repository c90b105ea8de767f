"""Which regions the heads of an R-CNN learn from, and their losses.

R counts the regions of an image that are drawn, P those at its beginning among which
all objects are.
"""

from typing import NamedTuple

from keras import ops

from kseg.ops import (
    class_masks,
    encode_boxes,
    gather,
    mask_targets,
    match,
    pairwise_iou,
    sample,
)


class Regions(NamedTuple):
    """Regions to learn from.

    Attributes:
        boxes: (B, R, 4).
        index: (B, R) int32, the object of each in the ground truth.
        classes: (B, R) int32, 0 for background.
        weights: (B, R), 0 where there was nothing left to draw.
    """

    boxes: object
    index: object
    classes: object
    weights: object

    def first(self, count: int) -> "Regions":
        """The first of each image."""
        return Regions(*(x[:, :count] for x in self))


def sample_regions(proposals, exists, truth, count, fraction, seed) -> Regions:
    """Draw from the proposals and the ground truth itself.

    An object where the IoU with one is 0.5 or more, else background.

    Args:
        proposals: (B, N, 4).
        exists: (B, N), 0 where there is none.
        truth: Dict of ``boxes`` (B, G, 4) and ``classes`` (B, G), 0 for padding.
        count: R.
        fraction: Of them objects, at most; these come first.
        seed: As ``kseg.ops.sample`` takes it.

    Reference:
        Girshick, Fast R-CNN, section 2.3; He et al., Mask R-CNN, section 3.1.
    """
    boxes, classes = ops.cast(truth["boxes"], "float32"), truth["classes"]
    valid = ops.cast(classes > 0, "float32")
    proposals = ops.concatenate([ops.stop_gradient(proposals), boxes], axis=1)
    index, label = match(
        pairwise_iou(proposals, boxes),
        valid,
        positive=0.5,
        negative=0.5,
        keep_best=False,
        candidates=ops.concatenate([exists, valid], axis=1),
    )
    drawn, weights = sample(label, count, fraction, seed)
    index, is_object = gather(index, drawn), gather(label, drawn) == 1
    found = ops.where(is_object, ops.cast(gather(classes, index), "int32"), 0)
    found = ops.where(weights > 0, found, 0)
    return Regions(gather(proposals, drawn), index, found, weights)


def class_loss(logits, regions: Regions):
    """Mean softmax cross-entropy of the regions; ``logits`` are (B*R, K + 1)."""
    classes = ops.reshape(regions.classes, (-1,))
    chosen = ops.one_hot(classes, logits.shape[-1], dtype="float32")
    entropy = -ops.sum(chosen * ops.log_softmax(logits), axis=-1)
    weights = ops.reshape(regions.weights, (-1,))
    return ops.sum(entropy * weights) / ops.maximum(ops.sum(weights), 1)


def box_loss(deltas, regions: Regions, truth, most: int):
    """L1 of the deltas of each object's own class, over the number of all regions.

    Args:
        deltas: (B*R, K, 4).
        regions: All R.
        truth: As in ``sample_regions``.
        most: P.
    """
    count, classes = regions.classes.shape[1], deltas.shape[1]
    objects = regions.first(most)
    deltas = ops.reshape(deltas, (-1, count, classes, 4))[:, :most]
    deltas = ops.reshape(deltas, (-1, classes, 4))
    own = ops.reshape(ops.maximum(objects.classes - 1, 0), (-1, 1))
    deltas = ops.reshape(gather(deltas, own), (-1, most, 4))
    found = gather(ops.cast(truth["boxes"], "float32"), objects.index)
    error = ops.abs(deltas - encode_boxes(found, objects.boxes))
    error = ops.sum(error, axis=-1) * ops.cast(objects.classes > 0, "float32")
    return ops.sum(error) / ops.maximum(ops.sum(regions.weights), 1)


def mask_loss(logits, objects: Regions, truth):
    """Mean binary cross-entropy of the masks of the objects' own classes.

    Args:
        logits: (B*P, m, m, K).
        objects: The first P regions.
        truth: With ``masks`` (B, G, n, n), each in the frame of its box.
    """
    size = tuple(logits.shape[1:3])
    target = mask_targets(
        truth["masks"], truth["boxes"], objects.boxes, objects.index, size
    )
    target = ops.reshape(target, (-1, *size))
    classes = ops.reshape(objects.classes, (-1,))
    logits = ops.cast(class_masks(logits, classes), "float32")
    entropy = ops.mean(ops.softplus(logits) - target * logits, axis=(1, 2))
    is_object = ops.cast(classes > 0, "float32")
    return ops.sum(entropy * is_object) / ops.maximum(ops.sum(is_object), 1)
