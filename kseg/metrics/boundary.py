"""Boundary F1: do predicted contours lie where the true ones are. NumPy and cv2."""

import cv2
import numpy as np

from kseg.metrics.scores import check_ids

TOLERANCE = 0.0075  # of the image's diagonal


class BoundaryF1:
    """Accumulates the boundary F1 of many images.

    The mean of ``boundary_f1`` over the classes that an image counts, then the mean
    over images. An image that counts no class (one without a boundary) is left out.

    Args:
        num_classes: K.
        tolerance: How far apart boundaries may be, as a share of the image's diagonal.
        classes: ``"truth"``: an image counts the classes with a boundary in its truth;
            ``"either"``: those with one in truth or prediction, so that an invented
            class counts 0.
        ignore_label: The true label that is no class, or None.

    Raises:
        ValueError: ``classes`` or ``tolerance`` is out of range.

    Example:
        The edge is two pixels off in 30: within 0.75 % of 600 pixels, 4.5, but not
        within 0.1 %.

        >>> truth, predicted = np.zeros((2, 360, 480), int)
        >>> truth[:, 240:], predicted[:, 242:] = 1, 1
        >>> for tolerance in (0.0075, 0.001):
        ...     scores = BoundaryF1(2, tolerance=tolerance)
        ...     scores.update(truth, predicted)
        ...     print(scores.result()["boundary_f1"])
        1.0
        0.0

    Reference:
        Csurka et al., What is a good evaluation measure for semantic segmentation?,
        BMVC 2013, section 2; Badrinarayanan et al., SegNet, PAMI 2017, section 4.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        tolerance: float = TOLERANCE,
        classes: str = "truth",
        ignore_label: int | None = 255,
    ):
        _check_options(tolerance, classes)
        self._num_classes = num_classes
        self._options = {
            "tolerance": tolerance,
            "classes": classes,
            "ignore_label": ignore_label,
        }
        self._rows: list[np.ndarray] = []

    def update(self, labels, predicted) -> None:
        """Add one image: two label maps (H, W)."""
        row = boundary_f1(labels, predicted, self._num_classes, **self._options)
        self._rows.append(row)

    def result(self) -> dict:
        """The scores of all images so far.

        Returns:
            dict of "boundary_f1", the mean over images; "class_boundary_f1" (K,), the
            mean over the images that count the class; "per_image_boundary_f1"
            (images,). What nothing counts in is NaN.
        """
        rows = np.reshape(self._rows, (-1, self._num_classes))
        of_image = np.array([_mean(row) for row in rows])
        return {
            "boundary_f1": _mean(of_image),
            "class_boundary_f1": np.array([_mean(column) for column in rows.T]),
            "per_image_boundary_f1": of_image,
        }


def boundary_f1(
    labels,
    predicted,
    num_classes: int,
    *,
    tolerance: float = TOLERANCE,
    classes: str = "truth",
    ignore_label: int | None = 255,
) -> np.ndarray:
    """F1 of the boundary of each class in one image.

    The boundary of class c is its pixels with a pixel of something else above, below,
    left or right of them; the image's edge is no boundary. With ``d`` the distance
    between pixel centres and ``t`` the tolerance in pixels,
    ``precision = share of predicted boundary pixels with d(to the true ones) <= t``,
    ``recall`` the reverse, and ``F1 = 2 precision recall / (precision + recall)``, 0
    where both are.

    A pixel that the truth ignores is of no class in the prediction either. A class has
    a boundary along such pixels, on both sides alike: what was predicted on them does
    not matter.

    Two distance transforms a class: the time grows with pixels times the classes in
    the image.

    Args:
        labels: True classes, integers (H, W).
        predicted: Predicted classes (H, W).
        num_classes: K.
        tolerance: As a share of the image's diagonal, 0 or more.
        classes: ``"truth"`` or ``"either"``, as for ``BoundaryF1``.
        ignore_label: The true label that is no class, or None.

    Returns:
        (K,) float64, 0..1; NaN for a class that the image does not count.

    Raises:
        ValueError: Other shapes, ids outside 0..K-1, or an option out of range.

    Example:
        One column off; the diagonal of 5 is the tolerance of 1 pixel at 0.2.

        >>> truth, predicted = [[0, 0, 1, 1]] * 3, [[0, 0, 0, 1]] * 3
        >>> boundary_f1(truth, predicted, 3, tolerance=0.2).tolist()
        [1.0, 1.0, nan]
        >>> boundary_f1(truth, predicted, 3, tolerance=0.1).tolist()
        [0.0, 0.0, nan]

    Reference:
        Csurka et al., BMVC 2013, section 2.
    """
    _check_options(tolerance, classes)
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    check_ids(labels, predicted, num_classes, ignore_label)
    if labels.ndim != 2:
        raise ValueError(f"Expected label maps (H, W). Received: shape {labels.shape}")
    ignored = None if ignore_label is None else labels == ignore_label
    reach = np.float32(tolerance * np.hypot(*labels.shape))
    true, found = (_boundary_ids(ids, ignored) for ids in (labels, predicted))
    true_counts, found_counts = (
        np.bincount(ids[ids >= 0], minlength=num_classes) for ids in (true, found)
    )
    counted = true_counts > 0
    if classes == "either":
        counted |= found_counts > 0
    scores = np.where(counted, 0.0, np.nan)
    for c in np.flatnonzero((true_counts > 0) & (found_counts > 0)):
        at_true, at_found = _cropped(true == c, found == c)
        precision = np.mean(_distance_to(at_true)[at_found] <= reach)
        recall = np.mean(_distance_to(at_found)[at_true] <= reach)
        if precision + recall:
            scores[c] = 2 * precision * recall / (precision + recall)
    return scores


def _boundary_ids(ids: np.ndarray, ignored: np.ndarray | None) -> np.ndarray:
    """The class of each boundary pixel, -1 elsewhere; int32 (H, W)."""
    ids = ids.astype(np.int32)
    if ignored is not None:
        ids[ignored] = -1
    edge = np.zeros(ids.shape, bool)
    for one, other in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        differs = ids[one] != ids[other]
        edge[one] |= differs
        edge[other] |= differs
    return np.where(edge, ids, -1)


def _cropped(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two masks without the rows and columns in which neither has a pixel."""
    x, y, width, height = cv2.boundingRect((one | other).view(np.uint8))
    box = np.s_[y : y + height, x : x + width]
    return one[box], other[box]


def _distance_to(pixels: np.ndarray) -> np.ndarray:
    """Distance between centres to the nearest of some pixels, float32 (H, W)."""
    elsewhere = np.where(pixels, np.uint8(0), np.uint8(1))
    return cv2.distanceTransform(elsewhere, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def _check_options(tolerance: float, classes: str) -> None:
    if not 0 <= tolerance < np.inf:
        raise ValueError(
            "Expected a tolerance of 0 or more, a share of the image's diagonal. "
            f"Received: tolerance={tolerance}. SegNet's is 0.0075."
        )
    if classes not in ("truth", "either"):
        raise ValueError(
            'Expected classes="truth" (those with a boundary there) or "either" (in '
            f"truth or prediction). Received: classes={classes!r}"
        )


def _mean(values: np.ndarray) -> float:
    """Of those that are not NaN; NaN where none is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else float("nan")
