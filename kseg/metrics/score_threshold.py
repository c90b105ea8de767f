"""Above which score a network's objects count: the nuclei score at every threshold."""

from collections.abc import Sequence

import numpy as np

from kseg.metrics.matching import match_id_maps
from kseg.metrics.objects import check_pair, outside_crowds


class ScoreThreshold:
    """Accumulates images, then gives TP / (TP + FP + FN) at any score threshold.

    The objects that score at least t are laid on one another, the highest on top, and
    matched one to one with the true ones, as ``IdMapScores`` does with
    ``found.above(t).to_ids()``: to the digit the same number. What lies on top of an
    object scores more than it, so what is seen of it does not depend on t, and one pass
    serves all thresholds. What lies in a crowd of its class by half or more is left
    out first (``kseg.metrics.objects.outside_crowds``).

    Args:
        num_classes: K; classes are 1 to K, and compared without.
        ious: Above 0 and up to 1: from which on an object is a hit.

    Raises:
        ValueError: An IoU outside of that, or none.
    """

    def __init__(self, num_classes: int, *, ious: Sequence[float] = (0.5,)):
        self.num_classes, self.ious = num_classes, tuple(ious)
        if not self.ious or not all(0 < iou <= 1 for iou in self.ious):
            raise ValueError(f"Expected IoUs above 0 and up to 1. Received: {ious}.")
        self._true = 0
        # Of each object that is seen: its score, and for each IoU whether it adds a
        # hit to those of higher scores.
        self._rows = [np.zeros((0, 1 + len(self.ious)))]

    def update(self, true, found) -> None:
        """Add one image.

        Args:
            true: Its objects, ``kseg.data.Objects``.
            found: ``kseg.predict.Detections``, of all scores.

        Raises:
            ValueError: An image of another size, or a class outside 1 to K.
        """
        check_pair(true, found, self.num_classes)
        found = outside_crowds(true, found)
        match = match_id_maps(true.to_ids(), found.to_ids())
        scores = found.scores[match.predicted_ids - 1].astype(np.float64)
        order = np.argsort(-scores, kind="stable")
        gains = [_gains(match.pairs[match.iou >= iou], order) for iou in self.ious]
        self._true += len(match.true_ids)
        self._rows.append(np.column_stack([scores[order], *gains]))

    def at(self, threshold: float, iou: float = 0.5) -> float:
        """The score of the objects that score at least ``threshold``.

        Args:
            threshold: Of their scores.
            iou: One of ``ious``.

        Returns:
            0 to 1; 1 where there is nothing to find and nothing found.

        Raises:
            ValueError: Another IoU.
        """
        rows = np.concatenate(self._rows)
        # Scores are float32, and so is what Detections.above compares them with.
        counted = rows[rows[:, 0] >= np.float32(threshold)]
        hits = counted[:, self._column(iou)].sum()
        pool = len(counted) + self._true - hits
        return float(hits / pool) if pool else 1.0

    def best(self, iou: float = 0.5) -> tuple[float, float]:
        """The threshold with the best score.

        Args:
            iou: One of ``ious``.

        Returns:
            The threshold and the score there. It lies between the lowest score that
            counts and the next below, near the middle, with few digits; of thresholds
            of equal scores it is the highest. Where nothing is found it is 0.5.

        Raises:
            ValueError: Another IoU.
        """
        rows = np.concatenate(self._rows)
        rows = rows[np.argsort(-rows[:, 0], kind="stable")]
        if not len(rows):
            return 0.5, self.at(0.5, iou)
        hits = np.cumsum(rows[:, self._column(iou)])
        scores = hits / (np.arange(1, len(rows) + 1) + self._true - hits)
        # Objects of one score come and go together.
        last = np.append(rows[1:, 0] < rows[:-1, 0], True)
        n = int(np.argmax(np.where(last, scores, -1)))
        below = rows[n + 1, 0] if n + 1 < len(rows) else 0.0
        return _between(below, rows[n, 0]), float(scores[n])

    def _column(self, iou):
        if iou not in self.ious:
            raise ValueError(f"Expected an IoU of {self.ious}. Received: {iou}.")
        return 1 + self.ious.index(iou)


def _gains(pairs, order):
    """Which found objects, taken in this order, each add one to the most pairs there
    can be."""
    partners: dict[int, list[int]] = {}
    for true, found in pairs.tolist():
        partners.setdefault(found, []).append(true)
    owner: dict[int, int] = {}

    def place(found, tried):
        for true in partners.get(found, ()):
            if true not in tried:
                tried.add(true)
                if true not in owner or place(owner[true], tried):
                    owner[true] = found
                    return True
        return False

    return [place(found, set()) for found in order.tolist()]


def _between(low, high):
    middle = float(low + high) / 2
    for digits in range(2, 17):
        rounded = round(middle, digits)
        if low < np.float32(rounded) <= high:
            return rounded
    return float(high)
