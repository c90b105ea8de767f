"""The region proposal network: its head, and what it learns from.

Ren, He, Girshick and Sun, "Faster R-CNN: Towards Real-Time Object Detection with Region
Proposal Networks", NIPS 2015, arXiv:1506.01497. At each place of each map:

    3x3, C + ReLU -> 1x1, A     objectness, one logit for each anchor
                  -> 1x1, 4A    (dy, dx, dh, dw) for each anchor

Departure from the paper: one logit in place of a softmax of two, as in detectron2.
"""

import numpy as np
from keras import layers, ops

from kseg.layers.proposals import UNIT_WEIGHTS
from kseg.models.parts.initializers import gaussian
from kseg.ops import encode_boxes, gather, match, pairwise_iou, sample
from kseg.ops.gather import gather_rows


def rpn(features: list, anchors: int, filters: int, separable: bool = False):
    """The head, the same for every map.

    Args:
        features: KerasTensors (B, h, w, C).
        anchors: A, at each place.
        filters: Of the 3x3 convolution.
        separable: Filter each channel by itself, then mix them.

    Returns:
        objectness: For each map (B, h*w*A) logits, float32.
        deltas: For each map (B, h*w*A, 4), float32.
    """
    chain = []
    if separable:
        chain.append(layers.DepthwiseConv2D(3, padding="same", name="rpn_conv_dw"))
    chain.append(
        layers.Conv2D(
            filters,
            1 if separable else 3,
            padding="same",
            kernel_initializer="he_normal" if separable else gaussian(0.01),
            name="rpn_conv",
        )
    )
    chain.append(layers.ReLU(name="rpn_relu"))
    score, move = (
        layers.Conv2D(
            n, 1, kernel_initializer=gaussian(0.01), dtype="float32", name=name
        )
        for n, name in ((anchors, "rpn_objectness"), (4 * anchors, "rpn_deltas"))
    )
    objectness, deltas = [], []
    for i, x in enumerate(features):
        for layer in chain:
            x = layer(x)
        flat = layers.Reshape((-1,), dtype="float32", name=f"rpn_objectness{i}")
        objectness.append(flat(score(x)))
        flat = layers.Reshape((-1, 4), dtype="float32", name=f"rpn_deltas{i}")
        deltas.append(flat(move(x)))
    return objectness, deltas


def rpn_losses(
    objectness, deltas, anchors, boxes, valid, *, seed, count=256, fraction=0.5
):
    """Binary cross-entropy of the objectness, and L1 of the deltas of objects.

    Both are sums over the ``count`` anchors that are drawn in each image, over ``count
    * B``: anchors of label 1 have an IoU from 0.7, or the best, with an object; of
    label 0 below 0.3.

    Args:
        objectness: For each level (B, n).
        deltas: For each level (B, n, 4).
        anchors: For each level (n, 4) NumPy.
        boxes: (B, G, 4) ground truth.
        valid: (B, G), 0 for padding.
        seed: As ``kseg.ops.sample`` takes it.
        count: Anchors to draw in each image.
        fraction: Of them objects, at most.

    Returns:
        The two scalars.

    Reference:
        Ren et al. 2015, sections 3.1.2 and 3.1.3; detectron2 for the normalisation.
    """
    anchors = np.concatenate(anchors)
    boxes = ops.stop_gradient(ops.cast(boxes, "float32"))
    index, label = match(
        pairwise_iou(anchors, boxes), valid, positive=0.7, negative=0.3
    )
    drawn, weights = sample(label, count, fraction, seed)
    is_object = ops.cast(gather(label, drawn) == 1, "float32")
    logits = gather(ops.concatenate(objectness, axis=1), drawn)
    total = ops.cast(count * ops.shape(logits)[0], "float32")
    entropy = ops.softplus(logits) - is_object * logits

    found = gather(boxes, gather(index, drawn))
    target = encode_boxes(found, gather_rows(anchors, drawn), UNIT_WEIGHTS)
    error = gather(ops.concatenate(deltas, axis=1), drawn) - target
    error = ops.sum(ops.abs(error), axis=-1) * is_object
    return tuple(ops.sum(term * weights) / total for term in (entropy, error))
