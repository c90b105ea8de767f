"""The Lovász-softmax loss: the convex surrogate of one minus the IoU."""

import keras
from keras import ops

from kseg.losses.region import (
    RegionLoss,
    check_classes,
    mean_over_classes,
    region_inputs,
)


def lovasz(
    y_true,
    y_pred,
    sample_weight=None,
    *,
    classes="present",
    per_image=False,
    ignore_label=255,
):
    """Lovász extension of the Jaccard loss of each class, averaged over classes.

    The error of a pixel is ``1 - p`` on its class and ``p`` elsewhere. A set M of wrong
    pixels has Jaccard loss ``J(M) = |M| / |truth or M|``, and with the pixels sorted by
    falling error ``loss = sum_i error_i (J({1..i}) - J({1..i-1}))``. On a one-hot
    prediction that is one minus the IoU.

    Args:
        y_true: (B, H, W) or (B, H, W, 1) class ids 0..K-1 or the ignore label.
        y_pred: (B, H, W, K) logits.
        sample_weight: None, (B,) per image or (B, H, W) per pixel; a pixel of weight w
            has size w in the sets above.
        classes: "present", those that the group's truth has; "all"; or ids. An absent
            class that counts has as loss its largest probability at any pixel.
        per_image: sets within each image, else of the whole batch.
        ignore_label: the id that counts nowhere, or None.

    Returns:
        (B,) losses for ``per_image``, else (1,), in 0..1; 0 where nothing counts.

    Raises:
        ValueError: shapes that do not fit together, or unknown classes.

    Numerics:
        Sorting makes it P log P in the pixels of a group. Steps of J are computed in
        closed form, as their difference would cancel; sums are exact to 2**24 pixels a
        group in float32. Equal errors: any order gives the same loss.

    Reference:
        Berman et al., The Lovász-Softmax loss, CVPR 2018, Eqs. 7 to 12, Algorithm 1.
    """
    classes = check_classes(classes)
    p, g, w = region_inputs(y_true, y_pred, sample_weight, per_image, ignore_label)
    truth_pixels = ops.sum(ops.expand_dims(w, axis=-1) * g, axis=1)
    p, g = ops.transpose(p, (0, 2, 1)), ops.transpose(g, (0, 2, 1))
    errors = g * (1.0 - p) + (1.0 - g) * p
    order = ops.argsort(-ops.stop_gradient(errors), axis=-1)
    # The sign says inside or outside of the truth: one gather for two arrays.
    signed = ops.take_along_axis(
        ops.expand_dims(w, axis=1) * (2.0 * g - 1.0), order, axis=-1
    )
    errors = ops.take_along_axis(errors, order, axis=-1)
    losses = ops.sum(errors * _jaccard_steps(signed), axis=-1)
    return mean_over_classes(losses, truth_pixels, classes)


def _jaccard_steps(signed):
    """By how much J grows with each pixel; sizes (G, K, P), negative outside truth."""
    inside, outside = ops.maximum(signed, 0.0), ops.maximum(-signed, 0.0)
    truth = ops.sum(inside, axis=-1, keepdims=True)
    union = truth + ops.cumsum(outside, axis=-1)
    before = union - outside
    still_right = ops.maximum(truth - ops.cumsum(inside, axis=-1), 0.0)
    missed = ops.divide_no_nan(inside, union)
    false = ops.divide_no_nan(still_right * outside, union * before)
    # From an empty union the first false pixel takes J from 0 to 1 at once.
    first = ops.cast(ops.logical_and(before == 0, union > 0), union.dtype)
    return missed + false + first


@keras.saving.register_keras_serializable(package="kseg")
class Lovasz(RegionLoss):
    """Lovász-softmax loss: trains for the mean IoU itself.

    ``sum_i error_i (J({1..i}) - J({1..i-1}))`` over the pixels sorted by falling error,
    mean of classes; see ``lovasz``. What ``per_image`` and weights do is as for
    ``Dice``. The authors start from a network trained with cross-entropy, or add it.

    Args:
        classes: "present" leaves out a class that the truth does not have; "all" gives
            it its largest probability at any pixel; a list of ids takes these alone.
        per_image: a loss for each image, else one for the batch.
        ignore_label: label id that counts nowhere, or None. Everything ignored: loss 0.
        reduction: of the image losses, Keras' names.
        name: name in Keras' logs.

    Raises:
        ValueError: unknown classes, shapes that do not fit together.

    Example:
        Truth 0, 1; probability of class 0: 3/4, 1/2. Class 0 has the errors 1/2
        (false, J = 1/2), 1/4 (missed, J = 1): 1/2 * 1/2 + 1/4 * 1/2 = 3/8. Class 1 has
        1/2 (missed, J = 1), 1/4 (J = 1): 1/2. The mean is 7/16.

        >>> import math
        >>> y_true, y_pred = [[[0, 1]]], [[[[math.log(3.0), 0.0], [0.0, 0.0]]]]
        >>> round(float(Lovasz()(y_true, y_pred)), 4)
        0.4375

    Reference:
        Berman et al., The Lovász-Softmax loss, CVPR 2018.
    """

    def __init__(
        self,
        classes="present",
        per_image=False,
        ignore_label=255,
        reduction="sum_over_batch_size",
        name="lovasz",
    ):
        super().__init__(classes, per_image, ignore_label, reduction, name)

    def compare(self, y_true, y_pred, sample_weight=None):
        return lovasz(
            y_true,
            y_pred,
            sample_weight,
            classes=self.classes,
            per_image=self.per_image,
            ignore_label=self.ignore_label,
        )
