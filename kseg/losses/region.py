"""What the losses that compare regions share: classes, groups of pixels, averaging."""

import keras
import numpy as np
from keras import ops

from kseg.losses.inputs import (
    MEANS,
    check_ignore_label,
    loss_dtype,
    over_counted,
    pixel_inputs,
    split_weights,
    valid_pixels,
)


def region_inputs(y_true, y_pred, sample_weight, per_image, ignore_label):
    """Probabilities, truth and weights in groups of pixels.

    A group is one image (``per_image``) or the whole batch. P pixels in each of G
    groups.

    Returns:
        probabilities (G, P, K), truth (G, P, K) of 0 and 1, weights (G, P).
    """
    labels, logits, weights = pixel_inputs(
        y_true, y_pred, sample_weight, ignore_label=ignore_label
    )
    num_classes = logits.shape[-1]
    batch, height, width = ops.shape(labels)
    groups = batch if per_image else 1
    pixels = height * width if per_image else batch * height * width
    truth = ops.one_hot(labels, num_classes, dtype=logits.dtype)
    shape = (groups, pixels, num_classes)
    return (
        ops.reshape(ops.softmax(logits, axis=-1), shape),
        ops.reshape(truth, shape),
        ops.reshape(weights, shape[:2]),
    )


def mean_over_classes(losses, truth_pixels, classes):
    """Mean of the class losses (G, K) over the classes that count: (G,).

    Args:
        losses: (G, K) loss of each class in each group.
        truth_pixels: (G, K) weighted pixels of each class in the truth.
        classes: "present", "all" or class ids.

    Returns:
        (G,) means; 0 for a group in which no class counts.
    """
    num_classes = losses.shape[-1]
    if isinstance(classes, str):
        # Not "> 0": the NaN of a wrong label must count, to reach the loss.
        counted = ops.logical_or(truth_pixels != 0, classes == "all")
    else:
        if max(classes) >= num_classes:
            raise ValueError(
                f"classes must be ids below the number of classes, {num_classes}. "
                f"Received: classes={classes}"
            )
        row = np.isin(np.arange(num_classes), classes)
        counted = ops.broadcast_to(row, ops.shape(losses))
    counted = ops.cast(counted, losses.dtype)
    total = ops.sum(losses * counted, axis=-1)
    return ops.divide_no_nan(total, ops.sum(counted, axis=-1))


def check_classes(classes):
    """ "present", "all" or a list of distinct ids; ValueError for anything else."""
    if isinstance(classes, str):
        good = classes in ("present", "all")
    else:
        ids = np.asarray(classes)
        good = ids.ndim == 1 and ids.size > 0 and np.issubdtype(ids.dtype, np.integer)
        good = good and (ids >= 0).all() and np.unique(ids).size == ids.size
    if not good:
        raise ValueError(
            'classes must be "present" (those in the truth), "all", or a list of '
            f"distinct class ids. Received: classes={classes!r}"
        )
    return classes if isinstance(classes, str) else ids.tolist()


class RegionLoss(keras.losses.Loss):
    """A loss of each image, or of the batch as one; ``compare`` is the subclass's."""

    def __init__(self, classes, per_image, ignore_label, reduction, name):
        super().__init__(name=name, reduction=reduction, dtype=loss_dtype())
        self.classes = check_classes(classes)
        self.per_image = bool(per_image)
        self.ignore_label = check_ignore_label(ignore_label)

    def compare(self, y_true, y_pred, sample_weight=None):
        """Losses (B,), or (1,) for the batch as one."""
        raise NotImplementedError

    def __call__(self, y_true, y_pred, sample_weight=None):
        image, pixel = None, sample_weight
        if self.per_image:
            image, pixel = self._image_weights(y_true, y_pred, sample_weight)
        packed = (y_true,) if pixel is None else (y_true, pixel)
        return super().__call__(packed, y_pred, sample_weight=image)

    def call(self, y_true, y_pred):
        # Keras hands a loss no weights; __call__ packs them beside the labels.
        return self.compare(*y_true[:1], y_pred, *y_true[1:])

    def get_config(self):
        return {
            **super().get_config(),
            "classes": self.classes,
            "per_image": self.per_image,
            "ignore_label": self.ignore_label,
        }

    def _image_weights(self, y_true, y_pred, sample_weight):
        image = pixel = None
        if sample_weight is not None:
            image, pixel = split_weights(sample_weight, self.dtype)
        y_pred = ops.convert_to_tensor(y_pred)
        _, valid = valid_pixels(y_true, y_pred, self.ignore_label)
        counted = ops.any(valid, axis=(1, 2))
        weights = ops.cast(counted, self.dtype)
        weights = weights if image is None else weights * image
        if self.reduction in MEANS:
            weights = over_counted(weights, counted)
        return weights, pixel
