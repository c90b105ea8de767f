"""mAP^r: VOC's average precision with the IoU of masks in the place of boxes'."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from kseg.metrics.objects import check_pair, mask_overlaps


class MeanAPr:
    """Accumulates images, then gives mAP^r.

    Each detection, the highest score first, is held against the true object of its
    class that it overlaps most. At an IoU of t or more it has found it, if nothing has
    before; otherwise it is wrong. What else overlaps a crowd of its class by t of its
    own area counts nowhere, as VOC's difficult objects do.

    Args:
        num_classes: K; classes are 1 to K.
        thresholds: Of t, above 0 and up to 1.

    Raises:
        ValueError: A threshold outside of that, or none.

    Reference:
        Hariharan et al., Simultaneous Detection and Segmentation, ECCV 2014, section
        4; the rule of MNC's and FCIS's code.
    """

    def __init__(self, num_classes: int, thresholds: Iterable[float] = (0.5, 0.7)):
        self.num_classes = num_classes
        self.thresholds = tuple(float(t) for t in thresholds)
        if not self.thresholds or not all(0 < t <= 1 for t in self.thresholds):
            raise ValueError(
                f"Expected thresholds above 0 and up to 1. Received: {self.thresholds}."
            )
        self._positives = np.zeros(num_classes, np.int64)
        self._seen = 0
        # Of each detection: class, score, best IoU, whose, and overlap with a crowd.
        self._rows: list[np.ndarray] = []

    def update(self, true, found) -> None:
        """Add one image.

        Args:
            true: Its objects, ``kseg.data.Objects``.
            found: ``kseg.predict.Detections``.

        Raises:
            ValueError: An image of another size, or a class outside 1 to K.
        """
        check_pair(true, found, self.num_classes)
        truth = true.classes[~true.crowd]
        self._positives += np.bincount(truth, minlength=self.num_classes + 1)[1:]
        rows = np.zeros((len(found.classes), 5))
        rows[:, 0], rows[:, 1], rows[:, 3] = found.classes, found.scores, -1
        overlaps = mask_overlaps(true, found)
        same = found.classes[:, None] == true.classes[None, :]
        overlaps = np.where(same, overlaps, 0)
        if overlaps.size:
            alone = np.where(true.crowd, -1, overlaps)
            best = alone.argmax(axis=1)
            rows[:, 2] = alone.max(axis=1)
            rows[:, 3] = self._seen + best
            rows[:, 4] = np.where(true.crowd, overlaps, 0).max(axis=1)
        self._seen += len(true.classes)
        self._rows.append(rows)

    def result(self) -> dict[str, Any]:
        """The scores of all images so far.

        Returns:
            For t = 0.5: ``map_r_50`` by VOC 2007's 11 points, the papers' number, and
            ``map_r_50_area`` by the area under the curve; ``map_r_50_per_class`` and
            ``map_r_50_area_per_class`` (K,) float64. Means are over classes that have
            a true object; others are NaN. Likewise for each t.
        """
        rows = np.concatenate([np.zeros((0, 5)), *self._rows])
        rows = rows[np.argsort(-rows[:, 1], kind="stable")]
        scores = {}
        for t in self.thresholds:
            of_class = [
                self._of_class(rows[rows[:, 0] == k + 1], k, t)
                for k in range(self.num_classes)
            ]
            eleven, area = np.array(of_class).reshape(-1, 2).T
            name = f"map_r_{100 * t:g}"
            for key, values in ((name, eleven), (f"{name}_area", area)):
                defined = values[~np.isnan(values)]
                scores[key] = float(defined.mean()) if defined.size else float("nan")
                scores[f"{key}_per_class"] = values
        return scores

    def _of_class(self, rows, k, t):
        hit = rows[:, 2] >= t
        rows, hit = (part[hit | (rows[:, 4] < t)] for part in (rows, hit))
        places = np.flatnonzero(hit)
        first = np.unique(rows[hit, 3], return_index=True)[1]
        right = np.zeros(len(rows), bool)
        right[places[first]] = True
        positives = int(self._positives[k])
        return (
            average_precision(right, positives, eleven_points=True),
            average_precision(right, positives, eleven_points=False),
        )


def average_precision(
    right: np.ndarray, positives: int, *, eleven_points: bool
) -> float:
    """VOC's average precision of detections in the order of their scores.

    ``eleven_points``: the mean, over the recalls 0, 0.1 ... 1, of the best precision
    at that recall or a higher one (VOC 2007 to 2009). Otherwise the area under that
    curve (from 2010 on).

    Numerics: recalls are compared in integers, so that 3 of 10 reaches 0.3.

    Args:
        right: (D,) bool, which detections are right, the highest score first.
        positives: How many there are to find.
        eleven_points: Which of the two.

    Returns:
        0 to 1; NaN where there is nothing to find.

    Example:
        Half of the objects found, and nothing wrong: 6 of the 11 recalls.

        >>> round(average_precision([True, True], 4, eleven_points=True), 4)
        0.5455
        >>> average_precision([True, True], 4, eleven_points=False)
        0.5
    """
    if positives == 0:
        return float("nan")
    hits = np.cumsum(np.asarray(right, bool))
    precision = hits / np.arange(1, len(hits) + 1)
    # From the last on, the best that is still to come.
    best = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    if eleven_points:
        reached = np.searchsorted(10 * hits, np.arange(11) * positives)
        return float(best[reached].mean())
    return float(np.sum(best[:-1] * np.diff(hits, prepend=0)) / positives)
