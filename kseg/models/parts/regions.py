"""Which regions the heads of an R-CNN learn from.

R counts the regions of an image that are drawn, N those to draw from, G its objects.
"""

from typing import NamedTuple

from keras import ops

from kseg.ops import gather, match, pairwise_iou, sample

# IoU from, IoU below, share: one band of background, all that is no object.
BACKGROUND = ((0.0, 0.5, 1.0),)


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


def sample_regions(
    proposals,
    exists,
    truth,
    count,
    fraction,
    seed,
    *,
    positive=0.5,
    bands=BACKGROUND,
    append_truth=True,
    refill=False,
) -> Regions:
    """Draw from the proposals and the ground truth itself.

    Args:
        proposals: (B, N, 4). Boxes of the result pass their gradient on to them.
        exists: (B, N), 0 where there is none.
        truth: Dict of ``boxes`` (B, G, 4) and ``classes`` (B, G), 0 for padding.
        count: R.
        fraction: Of them objects, at most; these come first.
        seed: As ``kseg.ops.sample`` takes it.
        positive: IoU with an object from which a region is one.
        bands: Of the background (least IoU, IoU that it is below, share of what is not
            objects): ``((0.1, 0.5, 0.85), (0, 0.1, 0.15))`` in MNC, ``((0.1, 0.5,
            1),)`` in FCIS. In an image without objects all is of the first band.
        append_truth: Draw from the ground truth, too.
        refill: Where fewer than R are found, let any others that exist be background,
            as FCIS does: those of no band, and objects beyond ``fraction``.

    Raises:
        ValueError: The bands overlap, reach above ``positive`` or have shares of more
            than 1; or as ``kseg.ops.sample``.

    Reference:
        Girshick, Fast R-CNN, section 2.3; He et al., Mask R-CNN, section 3.1; the code
        of MNC, of which ``fraction`` is 0.3, and of FCIS.
    """
    _check_bands(bands)
    boxes, classes = ops.cast(truth["boxes"], "float32"), truth["classes"]
    valid = ops.cast(classes > 0, "float32")
    if append_truth:
        proposals = ops.concatenate([proposals, boxes], axis=1)
        exists = ops.concatenate([exists, valid], axis=1)
    iou = pairwise_iou(ops.stop_gradient(proposals), boxes)
    index, label = match(
        iou,
        valid,
        positive=positive,
        negative=max(high for _, high, _ in bands),
        negative_from=min(low for low, _, _ in bands),
        keep_best=False,
        candidates=exists,
    )
    drawn, weights = sample(
        label,
        count,
        fraction,
        seed,
        bands=_band_of_each(iou, valid, bands),
        shares=[share for _, _, share in bands],
        refill=exists > 0 if refill else None,
    )
    most = int(count * fraction + 1e-6)
    is_object = ops.logical_and(gather(label, drawn) == 1, ops.arange(count) < most)
    kinds = ops.where(
        is_object, ops.cast(gather(classes, gather(index, drawn)), "int32"), 0
    )
    kinds = ops.where(weights > 0, kinds, 0)
    return Regions(gather(proposals, drawn), gather(index, drawn), kinds, weights)


def _check_bands(bands):
    ends = sorted((low, high) for low, high, _ in bands)
    limits = [x for pair in ends for x in pair]
    if not bands or limits != sorted(limits) or any(a == b for a, b in ends):
        raise ValueError(
            "Each band of the background is (least IoU, IoU that it is below, share), "
            f"and none overlaps another. Received: {bands=}."
        )


def _band_of_each(iou, valid, bands):
    """(B, N) int32: the place in ``bands`` of each region, -1 for none of them."""
    if len(bands) == 1:
        return None  # what ``match`` says is all there is to know
    best = ops.max(iou * valid[:, None], axis=-1, initial=0)
    band = -1
    for i, (low, high, _) in enumerate(bands):
        inside = ops.logical_and(best >= low, best < high)
        band = ops.where(inside, i, band)
    return ops.where(ops.any(valid > 0, axis=-1, keepdims=True), band, 0)
