"""The scores of a confusion matrix as Keras metrics, for ``compile``."""

import keras
from keras import ops

from kseg.metrics.confusion import ClassMean, ConfusionMetric
from kseg.metrics.scores import scores_of

_SCALARS = (
    "pixel_accuracy",
    "mean_accuracy",
    "mean_iou",
    "frequency_weighted_iou",
    "mean_dice",
)


@keras.saving.register_keras_serializable(package="kseg")
class MeanIoU(ClassMean):
    """Intersection over union, ``n_cc / (t_c + p_c - n_cc)``, mean of the classes.

    n_cc are the pixels of class c called c, t_c those of class c, p_c those called c.
    A class that neither truth nor prediction has is left out of the mean; one that is
    only predicted counts as 0. No class left: NaN.

    Args:
        num_classes: K, background among them.
        ignore_label: the true label that counts nowhere, or None.
        class_ids: the classes averaged over; None for all. ``[1]`` is the IoU of class
            1.
        name: name in Keras' logs.
        dtype: of the result.

    Raises:
        ValueError: class ids or shapes that do not fit; a sample weight.

    Example:
        >>> metric = MeanIoU(num_classes=2)
        >>> metric.update_state([[[0, 0, 1, 255]]], [[[0, 1, 1, 0]]])
        >>> metric.matrix.tolist(), float(metric.result())
        ([[1, 1], [0, 1]], 0.5)

    Reference:
        Long et al., Fully Convolutional Networks, CVPR 2015, section 5.
    """

    key = "iou"

    def __init__(
        self,
        num_classes,
        ignore_label=255,
        class_ids=None,
        name="mean_iou",
        dtype=None,
    ):
        super().__init__(num_classes, ignore_label, class_ids, name, dtype)


@keras.saving.register_keras_serializable(package="kseg")
class DiceScore(ClassMean):
    """Dice coefficient (F1), ``2 n_cc / (t_c + p_c)``, mean of the classes.

    Arguments, absent classes and errors are those of ``MeanIoU``.

    Example:
        >>> metric = DiceScore(num_classes=2)
        >>> metric.update_state([[[0, 0, 1, 255]]], [[[0, 1, 1, 0]]])
        >>> round(float(metric.result()), 4)  # 2/3 and 2/3
        0.6667

    Reference:
        Dice, Measures of the Amount of Ecologic Association Between Species, 1945.
    """

    key = "dice"

    def __init__(
        self,
        num_classes,
        ignore_label=255,
        class_ids=None,
        name="dice_score",
        dtype=None,
    ):
        super().__init__(num_classes, ignore_label, class_ids, name, dtype)


@keras.saving.register_keras_serializable(package="kseg")
class MeanAccuracy(ClassMean):
    """Share of each class that was found (recall), ``n_cc / t_c``, mean of the classes.

    SegNet's "class average". A class that the truth does not have is left out, whether
    predicted or not. Arguments and errors are those of ``MeanIoU``.

    Example:
        >>> metric = MeanAccuracy(num_classes=2)
        >>> metric.update_state([[[0, 0, 1, 255]]], [[[0, 1, 1, 0]]])
        >>> float(metric.result())  # 1/2 and 1
        0.75

    Reference:
        Long et al., Fully Convolutional Networks, CVPR 2015, section 5.
    """

    key = "accuracy"

    def __init__(
        self,
        num_classes,
        ignore_label=255,
        class_ids=None,
        name="mean_accuracy",
        dtype=None,
    ):
        super().__init__(num_classes, ignore_label, class_ids, name, dtype)


@keras.saving.register_keras_serializable(package="kseg")
class PixelAccuracy(ConfusionMetric):
    """Share of the pixels that are right, ``sum_c n_cc / sum_c t_c``.

    Args:
        num_classes: K, background among them.
        ignore_label: the true label that counts nowhere, or None.
        name: name in Keras' logs.
        dtype: of the result.

    Raises:
        ValueError: shapes that do not fit; a sample weight.

    Example:
        >>> metric = PixelAccuracy(num_classes=2)
        >>> metric.update_state([[[0, 0, 1, 1, 255]]], [[[0, 1, 1, 1, 0]]])
        >>> float(metric.result())
        0.75

    Reference:
        Long et al., Fully Convolutional Networks, CVPR 2015, section 5.
    """

    def __init__(
        self, num_classes, ignore_label=255, name="pixel_accuracy", dtype=None
    ):
        super().__init__(num_classes, ignore_label, name, dtype)

    def score(self, matrix):
        return scores_of(matrix, ops)["pixel_accuracy"]


@keras.saving.register_keras_serializable(package="kseg")
class FrequencyWeightedIoU(ConfusionMetric):
    """IoU of each class weighted by its true pixels, ``sum_c t_c IoU_c / sum_c t_c``.

    Arguments and errors are those of ``PixelAccuracy``. A class that the truth does not
    have has weight 0.

    Example:
        >>> metric = FrequencyWeightedIoU(num_classes=2)
        >>> metric.update_state([[[0, 0, 0, 1]]], [[[0, 0, 1, 1]]])
        >>> float(metric.result())  # (3 * 2/3 + 1 * 1/2) / 4
        0.625

    Reference:
        Long et al., Fully Convolutional Networks, CVPR 2015, section 5.
    """

    def __init__(
        self,
        num_classes,
        ignore_label=255,
        name="frequency_weighted_iou",
        dtype=None,
    ):
        super().__init__(num_classes, ignore_label, name, dtype)

    def score(self, matrix):
        return scores_of(matrix, ops)["frequency_weighted_iou"]


@keras.saving.register_keras_serializable(package="kseg")
class SemanticScores(ConfusionMetric):
    """All five scores from one matrix, for a fifth of the counting.

    In Keras' logs: ``pixel_accuracy``, ``mean_accuracy``, ``mean_iou``,
    ``frequency_weighted_iou`` and ``mean_dice``, each as the metric of that name gives
    it. Arguments and errors are those of ``PixelAccuracy``.

    Example:
        >>> metric = SemanticScores(num_classes=2)
        >>> metric.update_state([[[0, 0, 1, 255]]], [[[0, 1, 1, 0]]])
        >>> {name: round(float(x), 2) for name, x in metric.result().items()}
        ... # doctest: +NORMALIZE_WHITESPACE
        {'pixel_accuracy': 0.67, 'mean_accuracy': 0.75, 'mean_iou': 0.5,
         'frequency_weighted_iou': 0.5, 'mean_dice': 0.67}
    """

    def __init__(
        self, num_classes, ignore_label=255, name="semantic_scores", dtype=None
    ):
        super().__init__(num_classes, ignore_label, name, dtype)

    def score(self, matrix):
        scores = scores_of(matrix, ops)
        return {name: scores[name] for name in _SCALARS}
