"""Losses of overlap: Tversky and Dice."""

import keras
from keras import ops

from kseg.checks import check_at_least_0
from kseg.losses.region import (
    RegionLoss,
    check_classes,
    mean_over_classes,
    region_inputs,
)


def tversky(
    y_true,
    y_pred,
    sample_weight=None,
    *,
    alpha=0.3,
    beta=0.7,
    smooth=1.0,
    classes="present",
    per_image=False,
    ignore_label=255,
):
    """One minus the Tversky index of each class, averaged over classes.

    With p the softmax, g the truth (0 or 1) and w the pixel weights of a class:
    ``TP = sum w p g``, ``FP = sum w p (1 - g)``, ``FN = sum w (1 - p) g`` and
    ``loss = 1 - (TP + smooth) / (TP + alpha FP + beta FN + smooth)``.

    Args:
        y_true: (B, H, W) or (B, H, W, 1) class ids 0..K-1 or the ignore label.
        y_pred: (B, H, W, K) logits.
        sample_weight: None, (B,) per image or (B, H, W) per pixel: w above.
        alpha: what a false positive costs, at least 0.
        beta: what a false negative costs, at least 0.
        smooth: pixels added to both sides of the fraction, at least 0.
        classes: the classes averaged over: "present", those that the group's truth
            has; "all"; or ids, which count whether present or not. An absent class
            that counts has loss ``1 - smooth / (alpha FP + smooth)``.
        per_image: sums over each image, else over the whole batch.
        ignore_label: the id that counts nowhere, or None.

    Returns:
        (B,) losses for ``per_image``, else (1,), in 0..1; 0 where nothing counts.

    Raises:
        ValueError: shapes that do not fit together, or an illegal argument.

    Reference:
        Salehi et al., Tversky loss function for image segmentation using 3D fully
        convolutional deep networks, MLMI 2017, Eqs. 2 and 3 (alpha and beta: Table 1).
    """
    check_at_least_0(alpha=alpha, beta=beta, smooth=smooth)
    classes = check_classes(classes)
    p, g, w = region_inputs(y_true, y_pred, sample_weight, per_image, ignore_label)
    w = ops.expand_dims(w, axis=-1)
    true_positive = ops.sum(w * p * g, axis=1)
    false_positive = ops.sum(w * p * (1.0 - g), axis=1)
    false_negative = ops.sum(w * (1.0 - p) * g, axis=1)
    # 1 - index in one fraction: no cancellation near 0, and 0 of 0 pixels is 0.
    wrong = alpha * false_positive + beta * false_negative
    losses = ops.divide_no_nan(wrong, true_positive + wrong + smooth)
    return mean_over_classes(losses, ops.sum(w * g, axis=1), classes)


def dice(
    y_true,
    y_pred,
    sample_weight=None,
    *,
    smooth=1.0,
    classes="present",
    per_image=False,
    ignore_label=255,
):
    """One minus the Dice coefficient (F1) of each class, averaged over classes.

    ``loss = 1 - (2 TP + smooth) / (2 TP + FP + FN + smooth)``: the Tversky loss with
    alpha = beta = 1/2 and half of ``smooth``. The sums are of p, not of p squared as in
    the V-Net paper, so that on a one-hot prediction the loss is one minus the score.

    Args:
        y_true: (B, H, W) or (B, H, W, 1) class ids 0..K-1 or the ignore label.
        y_pred: (B, H, W, K) logits.
        sample_weight: None, (B,) per image or (B, H, W) per pixel.
        smooth: pixels added to both sides of the fraction, at least 0.
        classes: "present", "all" or ids, as for ``tversky``.
        per_image: sums over each image, else over the whole batch.
        ignore_label: the id that counts nowhere, or None.

    Returns:
        (B,) losses for ``per_image``, else (1,), in 0..1; 0 where nothing counts.

    Raises:
        ValueError: shapes that do not fit together, or an illegal argument.

    Reference:
        Milletari et al., V-Net, 3DV 2016, section 3.
    """
    check_at_least_0(smooth=smooth)
    return tversky(
        y_true,
        y_pred,
        sample_weight,
        alpha=0.5,
        beta=0.5,
        smooth=smooth / 2.0,
        classes=classes,
        per_image=per_image,
        ignore_label=ignore_label,
    )


@keras.saving.register_keras_serializable(package="kseg")
class Dice(RegionLoss):
    """Dice loss: ``1 - (2 TP + smooth) / (2 TP + FP + FN + smooth)``, mean of classes.

    Sums run over the pixels that are not ignored, each times its sample weight
    (B, H, W). ``per_image=False``: over the whole batch, one loss; a weight for each
    image (B,) is one for all its pixels. ``per_image=True``: a loss for each image,
    times its weight (B,), averaged over the images with a pixel that is not ignored.

    Args:
        smooth: pixels added to both sides of the fraction, at least 0.
        classes: "present" leaves out a class that the truth does not have; "all" gives
            it ``1 - smooth / (FP + smooth)``; a list of ids takes these alone.
        per_image: a loss for each image, else one for the batch.
        ignore_label: label id that counts nowhere, or None. Everything ignored: loss 0.
        reduction: of the image losses, Keras' names.
        name: name in Keras' logs.

    Raises:
        ValueError: a negative smooth, unknown classes, shapes that do not fit together.

    Example:
        Two pixels, two classes, probability 1/2 throughout: TP = FP = FN = 1/2.

        >>> y_true, y_pred = [[[0, 1]]], [[[[0.0, 0.0], [0.0, 0.0]]]]
        >>> float(Dice(smooth=0.0)(y_true, y_pred))
        0.5

    Reference:
        Milletari et al., V-Net, 3DV 2016, section 3.
    """

    def __init__(
        self,
        smooth=1.0,
        classes="present",
        per_image=False,
        ignore_label=255,
        reduction="sum_over_batch_size",
        name="dice",
    ):
        check_at_least_0(smooth=smooth)
        super().__init__(classes, per_image, ignore_label, reduction, name)
        self.smooth = float(smooth)

    def compare(self, y_true, y_pred, sample_weight=None):
        return dice(
            y_true,
            y_pred,
            sample_weight,
            smooth=self.smooth,
            classes=self.classes,
            per_image=self.per_image,
            ignore_label=self.ignore_label,
        )

    def get_config(self):
        return {**super().get_config(), "smooth": self.smooth}


@keras.saving.register_keras_serializable(package="kseg")
class Tversky(RegionLoss):
    """Tversky loss: Dice with prices of its own for false positives and negatives.

    ``1 - (TP + smooth) / (TP + alpha FP + beta FN + smooth)``, mean of classes. With
    beta above alpha a missed pixel costs more than a false one: higher recall. What is
    summed and averaged, and what weights do, is as for ``Dice``.

    Args:
        alpha: what a false positive costs, at least 0.
        beta: what a false negative costs, at least 0.
        smooth: pixels added to both sides of the fraction, at least 0.
        classes: "present", "all" or ids, as for ``Dice``; an absent class that counts
            has loss ``1 - smooth / (alpha FP + smooth)``.
        per_image: a loss for each image, else one for the batch.
        ignore_label: label id that counts nowhere, or None.
        reduction: of the image losses, Keras' names.
        name: name in Keras' logs.

    Raises:
        ValueError: a negative number, unknown classes, shapes that do not fit together.

    Example:
        Two pixels of class 0, each with probability 1/2: TP = 1, FP = 0, FN = 1, and
        1 - 1 / (1 + 0.7).

        >>> y_true, y_pred = [[[0, 0]]], [[[[0.0, 0.0], [0.0, 0.0]]]]
        >>> round(float(Tversky(smooth=0.0)(y_true, y_pred)), 4)
        0.4118

    Reference:
        Salehi et al., MLMI 2017, Eqs. 2 and 3.
    """

    def __init__(
        self,
        alpha=0.3,
        beta=0.7,
        smooth=1.0,
        classes="present",
        per_image=False,
        ignore_label=255,
        reduction="sum_over_batch_size",
        name="tversky",
    ):
        check_at_least_0(alpha=alpha, beta=beta, smooth=smooth)
        super().__init__(classes, per_image, ignore_label, reduction, name)
        self.alpha, self.beta = float(alpha), float(beta)
        self.smooth = float(smooth)

    def compare(self, y_true, y_pred, sample_weight=None):
        return tversky(
            y_true,
            y_pred,
            sample_weight,
            alpha=self.alpha,
            beta=self.beta,
            smooth=self.smooth,
            classes=self.classes,
            per_image=self.per_image,
            ignore_label=self.ignore_label,
        )

    def get_config(self):
        numbers = {"alpha": self.alpha, "beta": self.beta, "smooth": self.smooth}
        return {**super().get_config(), **numbers}
