"""The region proposal network: its head, and what it learns from.

Ren, He, Girshick and Sun, "Faster R-CNN: Towards Real-Time Object Detection with Region
Proposal Networks", NIPS 2015, arXiv:1506.01497. At each place of each map:

    3x3, C + ReLU -> 1x1, A     objectness, one logit for each anchor
                  -> 1x1, 4A    (dy, dx, dh, dw) for each anchor

or, as in the paper, 2A maps for a softmax of two, of which the first A are background.
Their difference is the logit: sigmoid and binary cross-entropy of it are the softmax
and its cross-entropy.

Departure from the paper: one logit unless asked otherwise, as in detectron2.
"""

import numpy as np
from keras import layers, ops

from kseg.checks import check_choice
from kseg.layers import LogitOfTwo
from kseg.layers.proposals import UNIT_WEIGHTS
from kseg.models.parts.initializers import gaussian
from kseg.models.parts.region_losses import smooth_l1
from kseg.ops import encode_boxes, gather, match, pairwise_iou, sample
from kseg.ops.gather import gather_rows


def rpn(
    features: list,
    anchors: int,
    filters: int,
    separable: bool = False,
    softmax: bool = False,
):
    """The head, the same for every map.

    Args:
        features: KerasTensors (B, h, w, C).
        anchors: A, at each place.
        filters: Of the 3x3 convolution.
        separable: Filter each channel by itself, then mix them.
        softmax: Have two numbers for each anchor, as the paper, not one logit.

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
    maps = (2 if softmax else 1) * anchors
    score, move = (
        layers.Conv2D(
            n, 1, kernel_initializer=gaussian(0.01), dtype="float32", name=name
        )
        for n, name in ((maps, "rpn_objectness"), (4 * anchors, "rpn_deltas"))
    )
    objectness, deltas = [], []
    for i, x in enumerate(features):
        for layer in chain:
            x = layer(x)
        name = f"rpn_objectness{i}"
        flat = layers.Reshape((-1,), dtype="float32", name=name)
        flat = LogitOfTwo(name=name) if softmax else flat
        objectness.append(flat(score(x)))
        flat = layers.Reshape((-1, 4), dtype="float32", name=f"rpn_deltas{i}")
        deltas.append(flat(move(x)))
    return objectness, deltas


def rpn_losses(
    objectness,
    deltas,
    anchors,
    boxes,
    valid,
    *,
    seed,
    count=256,
    fraction=0.5,
    positive=0.7,
    negative=0.3,
    image_size=None,
    sigma=None,
    over=("count", "count"),
    each=False,
):
    """Binary cross-entropy of the objectness, and error of the deltas of objects.

    Of anchors that are drawn in each image, of label 1 where the IoU with an object is
    from ``positive``, or the best; of label 0 where it is below ``negative``.

    Args:
        objectness: For each level (B, n).
        deltas: For each level (B, n, 4).
        anchors: For each level (n, 4) NumPy.
        boxes: (B, G, 4) ground truth.
        valid: (B, G), 0 for padding.
        seed: As ``kseg.ops.sample`` takes it.
        count: Anchors to draw in each image.
        fraction: Of them objects, at most.
        positive, negative: IoU from which, and below which.
        image_size: (H, W): leave out anchors that reach beyond it, as the paper does;
            None to leave out none.
        sigma: Of ``smooth_l1``: 3 in the code of the Caffe family; None for L1.
        over: What the sums of the two are divided by: "count", the anchors asked for
            in all images, as detectron2 does; or "drawn", those that there were.
        each: Return the terms of each anchor drawn, (B, count) both, not divided.

    Returns:
        The two scalars.

    Raises:
        ValueError: ``over`` has another word; or as ``kseg.ops.match`` and ``sample``.

    Reference:
        Ren et al. 2015, sections 3.1.2, 3.1.3 and 3.3; detectron2 for "count", the
        code of MNC ("drawn" for both) and FCIS ("drawn", "count").
    """
    for word in over:
        check_choice("over", word, ("count", "drawn"))
    anchors = np.concatenate(anchors)
    boxes = ops.stop_gradient(ops.cast(boxes, "float32"))
    index, label = match(
        pairwise_iou(anchors, boxes),
        valid,
        positive=positive,
        negative=negative,
        candidates=None if image_size is None else _inside(anchors, image_size)[None],
    )
    drawn, weights = sample(label, count, fraction, seed)
    logits = gather(ops.concatenate(objectness, axis=1), drawn)
    is_object = ops.cast(gather(label, drawn) == 1, logits.dtype)
    entropy = ops.softplus(logits) - is_object * logits

    objects = gather(boxes, gather(index, drawn))
    target = encode_boxes(objects, gather_rows(anchors, drawn), UNIT_WEIGHTS)
    moves = gather(ops.concatenate(deltas, axis=1), drawn)
    error = smooth_l1(moves - ops.cast(target, moves.dtype), sigma)
    error = ops.sum(error, axis=-1) * is_object

    weights = ops.cast(weights, logits.dtype)
    terms = (entropy * weights, error * weights)
    if each:
        return terms
    totals = {
        "count": ops.cast(count * ops.shape(logits)[0], logits.dtype),
        "drawn": ops.maximum(ops.sum(weights), 1),
    }
    return tuple(ops.sum(x) / totals[word] for x, word in zip(terms, over, strict=True))


def _inside(anchors, size):
    """Which anchors lie in an image of (H, W) pixels."""
    return np.all((anchors >= 0) & (anchors <= np.array([*size, *size])), axis=-1)
