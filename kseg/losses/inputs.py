"""What every loss does first: labels, logits and weights brought into one form.

Shapes: B batch, H height, W width, K classes. An ignored pixel is a pixel of weight 0;
that is the whole of the ignore rule, and it keeps shapes static.
"""

import keras
import numpy as np
from keras import ops

MEANS = ("sum_over_batch_size", "mean")  # Keras' two names of one reduction


def pixel_inputs(
    y_true, y_pred, sample_weight=None, *, class_weights=None, ignore_label=255
):
    """Labels without ignored ids, logits in float32 or more, and pixel weights.

    Args:
        y_true: (B, H, W) or (B, H, W, 1) class ids, of any dtype.
        y_pred: (B, H, W, K) logits, K at least 2.
        sample_weight: None, a number, (B,) per image, or (B, H, W) per pixel.
        class_weights: None or K numbers.
        ignore_label: the id that counts nowhere, or None.

    Returns:
        labels (B, H, W) int32 in 0..K-1 (0 where ignored), logits, and weights
        (B, H, W): class weight times sample weight, 0 where ignored and NaN where the
        label is outside 0..K-1, so that a wrong label map cannot pass unseen.

    Raises:
        ValueError: shapes that do not fit together.
    """
    logits = _float_logits(y_pred)
    labels, valid = valid_pixels(y_true, logits, ignore_label)
    num_classes = logits.shape[-1]
    in_range = ops.logical_and(labels >= 0, labels < num_classes)
    labels = ops.where(ops.logical_and(valid, in_range), labels, 0)
    weights = ops.where(in_range, ops.cast(1.0, logits.dtype), float("nan"))
    if class_weights is not None:
        if len(class_weights) != num_classes:
            raise ValueError(
                "class_weights must hold one number for each class of the logits. "
                f"Received: {len(class_weights)} weights for {num_classes} classes"
            )
        table = ops.convert_to_tensor(class_weights, dtype=logits.dtype)
        weights = weights * ops.take(table, labels, axis=0)
    if sample_weight is not None:
        image, pixel = split_weights(sample_weight, logits.dtype)
        weights = weights * (pixel if image is None else image[:, None, None])
    return labels, logits, ops.where(valid, weights, ops.zeros_like(weights))


def valid_pixels(y_true, y_pred, ignore_label):
    """Labels (B, H, W) int32 as given, and where they are not the ignore label."""
    labels = ops.convert_to_tensor(y_true)
    if len(y_pred.shape) != 4 or y_pred.shape[-1] is None or y_pred.shape[-1] < 2:
        raise ValueError(
            "y_pred must be logits (B, H, W, K) with one channel for each of at least "
            f"2 classes, background among them. Received: y_pred.shape={y_pred.shape}"
        )
    if len(labels.shape) == 4 and labels.shape[-1] == 1:
        labels = ops.squeeze(labels, axis=-1)
    pairs = zip(labels.shape, y_pred.shape, strict=False)
    if len(labels.shape) != 3 or any(None not in p and p[0] != p[1] for p in pairs):
        raise ValueError(
            "y_true must be a label map (B, H, W) of the logits' height and width; for "
            "a network with valid convolutions crop the labels around their centre, "
            "offset = (in - out) // 2. "
            f"Received: y_true.shape={labels.shape}, y_pred.shape={y_pred.shape}"
        )
    labels = ops.cast(labels, "int32")
    if ignore_label is None:
        return labels, ops.ones_like(labels, dtype="bool")
    return labels, ops.not_equal(labels, ignore_label)


def split_weights(sample_weight, dtype):
    """Sample weights as (per image (B,), None) or as (None, per pixel (B, H, W))."""
    weights = ops.cast(ops.convert_to_tensor(sample_weight), dtype)
    rank = len(weights.shape)
    if rank < 2 or (rank == 2 and weights.shape[-1] == 1):
        return ops.reshape(weights, (-1,)), None
    if rank == 4 and weights.shape[-1] == 1:
        return None, ops.squeeze(weights, axis=-1)
    if rank == 3:
        return None, weights
    raise ValueError(
        "sample_weight must be (B,), a weight for each image, or (B, H, W), a weight "
        f"for each pixel. Received: sample_weight.shape={weights.shape}"
    )


def over_counted(weights, counted):
    """Weights scaled so that Keras' mean divides by the counted entries alone.

    Keras divides by the number of all entries; times all / counted, that is the mean
    over the counted ones. Nothing counted: all weights 0, and so the mean.
    """
    everything = ops.cast(ops.size(counted), weights.dtype)
    number = ops.cast(ops.sum(ops.cast(counted, "int32")), weights.dtype)
    return weights * ops.divide_no_nan(everything, number)


def loss_dtype():
    """float32 under every dtype policy; float64 where the user set floatx so."""
    return "float64" if keras.config.floatx() == "float64" else "float32"


def check_class_weights(class_weights):
    """None, or a list of floats for ``get_config``; ValueError for anything else."""
    if class_weights is None:
        return None
    weights = np.asarray(class_weights, dtype="float64")
    good = weights.ndim == 1 and weights.size > 1 and np.isfinite(weights).all()
    if not good or (weights < 0).any() or not weights.any():
        raise ValueError(
            "class_weights must be a list of finite numbers of at least 0, one for "
            f"each class and not all 0. Received: class_weights={class_weights}"
        )
    return weights.tolist()


def check_ignore_label(ignore_label):
    """None or the int; ValueError for anything else."""
    whole = isinstance(ignore_label, int | np.integer)
    if ignore_label is None or (whole and not isinstance(ignore_label, bool)):
        return ignore_label if ignore_label is None else int(ignore_label)
    raise ValueError(
        "ignore_label must be a label id, or None to ignore nothing. "
        f"Received: ignore_label={ignore_label!r}"
    )


def _float_logits(y_pred):
    # Softmax statistics in half precision lose the small probabilities that decide a
    # loss; float64 stays, for gradient checks.
    y_pred = ops.convert_to_tensor(y_pred)
    if keras.backend.standardize_dtype(y_pred.dtype) == "float64":
        return y_pred
    return ops.cast(y_pred, "float32")
