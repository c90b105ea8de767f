"""Losses that are a mean over pixels: cross-entropy and focal."""

import keras
from keras import ops

from kseg.checks import check_at_least_0
from kseg.losses.inputs import (
    MEANS,
    check_class_weights,
    check_ignore_label,
    loss_dtype,
    over_counted,
    pixel_inputs,
    valid_pixels,
)


def cross_entropy(
    y_true, y_pred, sample_weight=None, *, class_weights=None, ignore_label=255
):
    """Softmax cross-entropy of each pixel, ``-w log p[y]``, not yet averaged.

    ``p`` is the softmax of the logits, ``w`` the pixel's class weight times its sample
    weight. An ignored pixel is 0; a label outside 0..K-1 is NaN.

    Args:
        y_true: (B, H, W) or (B, H, W, 1) class ids 0..K-1 or the ignore label.
        y_pred: (B, H, W, K) logits.
        sample_weight: None, (B,) per image or (B, H, W) per pixel.
        class_weights: None or K numbers of at least 0.
        ignore_label: the id that counts nowhere, or None.

    Returns:
        (B, H, W) losses, at least 0, in float32 (float64 for float64 logits).

    Raises:
        ValueError: shapes that do not fit together.

    Reference:
        Ronneberger et al., U-Net, MICCAI 2015, section 3, Eq. 1 (with a weight map).
    """
    labels, logits, weights = pixel_inputs(
        y_true,
        y_pred,
        sample_weight,
        class_weights=class_weights,
        ignore_label=ignore_label,
    )
    return weights * _negative_log_likelihood(labels, logits)


def focal(
    y_true,
    y_pred,
    sample_weight=None,
    *,
    gamma=2.0,
    class_weights=None,
    ignore_label=255,
):
    """Focal loss of each pixel, ``-w (1 - p[y])^gamma log p[y]``, not yet averaged.

    The paper's loss is for sigmoids; this is the same formula on the softmax
    probability of the true class, and equal to it for two classes, with alpha as
    ``class_weights=[1 - alpha, alpha]``. ``gamma=0`` is the cross-entropy.

    Args:
        y_true: (B, H, W) or (B, H, W, 1) class ids 0..K-1 or the ignore label.
        y_pred: (B, H, W, K) logits.
        sample_weight: None, (B,) per image or (B, H, W) per pixel.
        gamma: focusing exponent, at least 0; the larger, the less an easy pixel counts.
        class_weights: None or K numbers of at least 0 (the paper's alpha).
        ignore_label: the id that counts nowhere, or None.

    Returns:
        (B, H, W) losses, at least 0, in float32 (float64 for float64 logits).

    Raises:
        ValueError: shapes that do not fit together, or a negative gamma.

    Reference:
        Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, Eq. 5.
    """
    check_at_least_0(gamma=gamma)
    labels, logits, weights = pixel_inputs(
        y_true,
        y_pred,
        sample_weight,
        class_weights=class_weights,
        ignore_label=ignore_label,
    )
    nll = _negative_log_likelihood(labels, logits)
    # 1 - p without cancellation; the floor keeps the gradient of a power below 1 finite
    # at p = 1, where the product's gradient is 0.
    miss = ops.maximum(-ops.expm1(-nll), 1e-7)
    return weights * ops.power(miss, gamma) * nll


class PixelLoss(keras.losses.Loss):
    """A loss of each pixel, averaged over the pixels that are not ignored."""

    def __init__(self, class_weights, ignore_label, reduction, name):
        super().__init__(name=name, reduction=reduction, dtype=loss_dtype())
        self.class_weights = check_class_weights(class_weights)
        self.ignore_label = check_ignore_label(ignore_label)

    def __call__(self, y_true, y_pred, sample_weight=None):
        _, logits, weights = pixel_inputs(
            y_true,
            y_pred,
            sample_weight,
            class_weights=self.class_weights,
            ignore_label=self.ignore_label,
        )
        if self.reduction in MEANS:
            _, valid = valid_pixels(y_true, logits, self.ignore_label)
            weights = over_counted(weights, valid)
        return super().__call__(y_true, y_pred, sample_weight=weights)

    def get_config(self):
        return {
            **super().get_config(),
            "class_weights": self.class_weights,
            "ignore_label": self.ignore_label,
        }


@keras.saving.register_keras_serializable(package="kseg")
class CrossEntropy(PixelLoss):
    """Softmax cross-entropy with class weights, pixel weights and an ignore label.

    ``loss = sum_i c[y_i] s_i (-log p_i[y_i]) / N`` over the N pixels of the batch that
    are not ignored; c are the class weights, s the sample weights. As in caffe-segnet,
    weights are **not** in the denominator: twice the weights, twice the loss.

    Args:
        class_weights: None or K numbers of at least 0, for example from
            ``median_frequency_weights``.
        ignore_label: label id that counts nowhere, or None. A batch of ignored pixels
            alone has loss 0 and gradient 0.
        reduction: ``"sum_over_batch_size"`` divides by N;
            ``"mean_with_sample_weight"`` by the sum of ``c[y_i] s_i``, as PyTorch's
            weighted mean does; ``"sum"`` by nothing; ``"none"`` gives (B, H, W).
        name: name in Keras' logs.

    Raises:
        ValueError: class weights that are negative, not finite, all 0, or (when
            called) not one for each class; shapes that do not fit together.

    Example:
        The first pixel is right with probability 3/4, the second is ignored:

        >>> import math
        >>> y_true, y_pred = [[[0, 255]]], [[[[math.log(3.0), 0.0], [9.0, 0.0]]]]
        >>> round(float(CrossEntropy()(y_true, y_pred)), 4)  # -log(3/4)
        0.2877
        >>> round(float(CrossEntropy([2.0, 1.0])(y_true, y_pred)), 4)
        0.5754

    Reference:
        Badrinarayanan et al., SegNet, PAMI 2017, section 3 (class weights).
    """

    def __init__(
        self,
        class_weights=None,
        ignore_label=255,
        reduction="sum_over_batch_size",
        name="cross_entropy",
    ):
        super().__init__(class_weights, ignore_label, reduction, name)

    def call(self, y_true, y_pred):
        # Weights come in through __call__, once.
        return cross_entropy(y_true, y_pred, ignore_label=self.ignore_label)


@keras.saving.register_keras_serializable(package="kseg")
class Focal(PixelLoss):
    """Focal loss: cross-entropy in which pixels that are already right count little.

    ``loss = sum_i c[y_i] s_i (1 - p_i[y_i])^gamma (-log p_i[y_i]) / N`` over the N
    pixels that are not ignored. (The paper divides by the number of anchors that are
    objects, which a label map does not have.)

    Args:
        gamma: focusing exponent, at least 0.
        class_weights: None or K numbers of at least 0 (the paper's alpha).
        ignore_label: label id that counts nowhere, or None.
        reduction: as for ``CrossEntropy``.
        name: name in Keras' logs.

    Raises:
        ValueError: a gamma below 0; class weights or shapes as for ``CrossEntropy``.

    Example:
        A pixel right with probability 3/4: (1/4)^2 times -log(3/4).

        >>> import math
        >>> y_true, y_pred = [[[0]]], [[[[math.log(3.0), 0.0]]]]
        >>> round(float(Focal(gamma=2.0)(y_true, y_pred)), 4)
        0.018

    Reference:
        Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, Eq. 5.
    """

    def __init__(
        self,
        gamma=2.0,
        class_weights=None,
        ignore_label=255,
        reduction="sum_over_batch_size",
        name="focal",
    ):
        check_at_least_0(gamma=gamma)
        super().__init__(class_weights, ignore_label, reduction, name)
        self.gamma = float(gamma)

    def call(self, y_true, y_pred):
        return focal(y_true, y_pred, gamma=self.gamma, ignore_label=self.ignore_label)

    def get_config(self):
        return {**super().get_config(), "gamma": self.gamma}


def _negative_log_likelihood(labels, logits):
    # Keras takes the backend's fused kernel: no (B, H, W, K) one-hot on TensorFlow.
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
