"""The confusion matrix and the scores that are read from it.

Rows are the truth, columns the prediction: ``matrix[t, p]`` pixels of class t were
called p. K classes. NumPy only; ``scores_of`` serves the Keras metrics too.
"""

import numpy as np


def confusion_matrix(labels, predicted, num_classes, ignore_label=255):
    """Count the pixels of each pair of true and predicted class.

    Args:
        labels: class ids, integers of any shape.
        predicted: class ids of the same shape.
        num_classes: K.
        ignore_label: the true id that counts nowhere, or None. What is predicted on
            such a pixel does not matter.

    Returns:
        (K, K) int64. Matrices of several images add up.

    Raises:
        ValueError: different shapes, values that are no integers, or ids outside
            0..K-1.

    Example:
        >>> confusion_matrix([[0, 0, 1, 255]], [[0, 1, 1, 0]], 2).tolist()
        [[1, 1], [0, 1]]
    """
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    check_ids(labels, predicted, num_classes, ignore_label)
    if ignore_label is not None:
        counted = labels != ignore_label
        labels, predicted = labels[counted], predicted[counted]
    codes = labels.ravel().astype("int64") * num_classes + predicted.ravel()
    counts = np.bincount(codes.astype("int64"), minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def check_ids(labels, predicted, num_classes, ignore_label):
    """Refuse what cannot be compared, pixel by pixel, as classes.

    Args:
        labels: class ids, an array of any shape.
        predicted: class ids of the same shape.
        num_classes: K.
        ignore_label: the true id where nothing is compared, or None.

    Raises:
        ValueError: different shapes, values that are no integers, or ids outside
            0..K-1 where there is something to compare.
    """
    if labels.shape != predicted.shape:
        raise ValueError(
            "labels and predicted must be of one shape; crop the labels around their "
            "centre for a network with valid convolutions. "
            f"Received: labels {labels.shape}, predicted {predicted.shape}"
        )
    if ignore_label is not None:
        counted = labels != ignore_label
        labels, predicted = labels[counted], predicted[counted]
    for name, ids in (("labels", labels), ("predicted", predicted)):
        if ids.size and not np.issubdtype(ids.dtype, np.integer):
            raise ValueError(
                f"{name} must hold integer class ids, for logits their argmax. "
                f"Received: {ids.dtype}"
            )
        if ids.size and not 0 <= ids.min() <= ids.max() < num_classes:
            raise ValueError(
                f"{name} must be 0..{num_classes - 1}, apart from the ignore label "
                f"{ignore_label} in the truth. "
                f"Received: ids from {ids.min()} to {ids.max()}"
            )


def semantic_scores(matrix):
    """All scores of one confusion matrix.

    With ``n_tp`` the matrix, ``t_c`` its row sums and ``p_c`` its column sums:
    accuracy ``n_cc / t_c``, IoU ``n_cc / (t_c + p_c - n_cc)``, Dice
    ``2 n_cc / (t_c + p_c)``; pixel accuracy ``sum n_cc / sum t_c``; frequency-weighted
    IoU ``sum t_c IoU_c / sum t_c``.

    A ratio without a pixel below the line is NaN and left out of the mean: a class that
    neither truth nor prediction has counts nowhere. A class that is only predicted has
    IoU and Dice 0, which count, and accuracy NaN. Nothing to count: all are NaN.

    Args:
        matrix: (K, K) counts of at least 0, rows truth, columns prediction.

    Returns:
        dict of floats "pixel_accuracy", "mean_accuracy", "mean_iou",
        "frequency_weighted_iou" and "mean_dice", and of (K,) float64 arrays
        "accuracy", "iou" and "dice".

    Raises:
        ValueError: not a square matrix of counts.

    Example:
        >>> scores = semantic_scores([[1, 1, 0], [0, 2, 0], [0, 0, 0]])
        >>> scores["iou"].round(3).tolist(), round(scores["mean_iou"], 3)
        ([0.5, 0.667, nan], 0.583)

    Reference:
        Long et al., Fully Convolutional Networks, CVPR 2015, section 5.
    """
    matrix = np.asarray(matrix, dtype="float64")
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
    if not square or not np.isfinite(matrix).all() or (matrix < 0).any():
        raise ValueError(
            "matrix must be a square confusion matrix of counts of at least 0, as "
            f"confusion_matrix gives. Received: shape {matrix.shape}"
        )
    return {
        name: float(value) if np.ndim(value) == 0 else value
        for name, value in scores_of(matrix, np).items()
    }


def scores_of(matrix, xp):
    """``semantic_scores`` in the functions of xp: ``numpy`` or ``keras.ops``."""
    right = xp.diagonal(matrix)
    truth, predicted = xp.sum(matrix, axis=1), xp.sum(matrix, axis=0)
    accuracy = _ratio(right, truth, xp)
    iou = _ratio(right, truth + predicted - right, xp)
    dice = _ratio(2.0 * right, truth + predicted, xp)
    seen = xp.where(truth > 0, truth * iou, xp.zeros_like(truth))
    return {
        "pixel_accuracy": _ratio(xp.sum(right), xp.sum(truth), xp),
        "mean_accuracy": mean_defined(accuracy, xp),
        "mean_iou": mean_defined(iou, xp),
        "frequency_weighted_iou": _ratio(xp.sum(seen), xp.sum(truth), xp),
        "mean_dice": mean_defined(dice, xp),
        "accuracy": accuracy,
        "iou": iou,
        "dice": dice,
    }


def mean_defined(values, xp):
    """Mean of the values that are not NaN; NaN where none is."""
    defined = xp.logical_not(xp.isnan(values))
    total = xp.sum(xp.where(defined, values, xp.zeros_like(values)))
    return _ratio(total, xp.sum(xp.where(defined, 1.0, 0.0)), xp)


def _ratio(above, below, xp):
    # Counts below the line are whole numbers: 1 stands in only where it is 0.
    return xp.where(below > 0, above / xp.maximum(below, 1.0), float("nan"))
