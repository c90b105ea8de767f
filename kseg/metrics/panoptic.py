"""Panoptic quality: how many objects are found, and how well. NumPy and SciPy."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kseg.metrics.matching import match_id_maps
from kseg.metrics.objects import check_pair


class PanopticQuality:
    """Accumulates images, then gives PQ.

    With the pairs of one class and an IoU above 0.5 as TP, what is left of the found
    ones as FP and of the true ones as FN::

        PQ = sum of the IoU of TP / (TP + FP / 2 + FN / 2)
           = SQ * RQ = mean IoU of TP * TP / (TP + FP / 2 + FN / 2)

    for each class over all images, then the mean of the classes. Every pixel is of one
    segment at most, so an IoU above 0.5 leaves no choice of partners.

    Args:
        num_classes: K; classes are 1 to K.

    Reference:
        Kirillov et al., Panoptic Segmentation, CVPR 2019, section 4.
    """

    def __init__(self, num_classes: int):
        self.num_classes = num_classes
        self._iou = np.zeros(num_classes)
        self._counts = np.zeros((3, num_classes), np.int64)  # TP, FP, FN

    def update(self, true, found) -> None:
        """Add one image of objects that may overlap.

        Of true objects the smaller lies on top, of found ones that of the higher
        score. Pixels of a crowd that are of no true object are void.

        Args:
            true: Its objects, ``kseg.data.Objects``.
            found: ``kseg.predict.Detections``.

        Raises:
            ValueError: An image of another size, or a class outside 1 to K.
        """
        check_pair(true, found, self.num_classes)
        ids = true.to_ids()
        void = np.zeros(ids.shape, bool)
        for i in np.flatnonzero(true.crowd):
            y1, x1, y2, x2 = true.frames[i]
            void[y1:y2, x1:x2] |= true.masks[i] > 0
        void &= ids == 0
        self.update_maps(ids, true.classes, found.to_ids(), found.classes, void)

    def update_maps(
        self,
        true_ids: np.ndarray,
        true_classes: Sequence[int],
        found_ids: np.ndarray,
        found_classes: Sequence[int],
        void: np.ndarray | None = None,
    ) -> None:
        """Add one image of segments.

        Args:
            true_ids: (H, W) integers, 0 for no segment, else the position of its class
                plus 1. A segment without a pixel counts nowhere.
            true_classes: 1 to K.
            found_ids: (H, W), likewise.
            found_classes: Likewise.
            void: (H, W) bool, pixels where nothing is compared; a found segment that
                lies there by more than half is not wrong. None: there are none.

        Raises:
            ValueError: Maps of different sizes or with ids that have no class, classes
                outside 1 to K, or a true segment in the void.
        """
        true_ids, found_ids = np.asarray(true_ids), np.asarray(found_ids)
        true_classes = self._classes("true", true_ids, true_classes)
        found_classes = self._classes("found", found_ids, found_classes)
        whole = np.bincount(found_ids.ravel(), minlength=len(found_classes) + 1)
        seen = found_ids
        if void is not None:
            void = np.asarray(void, bool)
            if void.shape != true_ids.shape or true_ids[void].any():
                raise ValueError(
                    "Expected a void (height, width) without true segments. Received: "
                    f"void {void.shape}, true_ids {true_ids.shape}. Set ids to 0 there."
                )
            seen = np.where(void, 0, found_ids)
        match = match_id_maps(true_ids, seen)
        true_at, found_at = match.pairs.T
        pairs = match.true_ids[true_at] - 1, match.predicted_ids[found_at] - 1
        same = true_classes[pairs[0]] == found_classes[pairs[1]]
        hit = same & (match.iou > 0.5)
        left = np.bincount(seen.ravel(), minlength=len(whole))
        counted = (whole > 0) & (2 * (whole - left) <= whole)
        counted[0] = False
        counted[pairs[1][hit] + 1] = False
        of_hits = true_classes[pairs[0][hit]] - 1
        self._iou += np.bincount(of_hits, match.iou[hit], self.num_classes)
        tp = np.bincount(of_hits, minlength=self.num_classes)
        fp = self._count(found_classes[counted[1:]])
        self._counts += tp, fp, self._count(true_classes[match.true_ids - 1]) - tp

    def result(self) -> dict[str, Any]:
        """The scores of all images so far.

        Returns:
            ``pq``, ``sq`` and ``rq``, means of the classes that have a true or a found
            segment, NaN without one; of each class ``pq_per_class``, ``sq_per_class``
            and ``rq_per_class``, (K,) float64, NaN where it has neither; ``tp``,
            ``fp`` and ``fn``, (K,) int64.
        """
        tp, fp, fn = self._counts
        below = tp + (fp + fn) / 2
        seen = below > 0
        nothing = np.full(self.num_classes, np.nan)
        sq = np.where(seen, self._iou / np.maximum(tp, 1), nothing)
        rq = np.divide(tp, below, out=nothing.copy(), where=seen)
        pq = np.divide(self._iou, below, out=nothing.copy(), where=seen)
        scores: dict[str, Any] = {}
        for name, values in (("pq", pq), ("sq", sq), ("rq", rq)):
            scores[name] = float(values[seen].mean()) if seen.any() else float("nan")
            scores[f"{name}_per_class"] = values
        return scores | {"tp": tp.copy(), "fp": fp.copy(), "fn": fn.copy()}

    def _count(self, classes):
        return np.bincount(classes - 1, minlength=self.num_classes)

    def _classes(self, name, ids, classes):
        classes = np.asarray(classes, np.int64).reshape(-1)
        inside = ((classes >= 1) & (classes <= self.num_classes)).all()
        if not inside or int(ids.max(initial=0)) > len(classes):
            raise ValueError(
                f"Expected {name} ids of 0 to {len(classes)}, a class each, and "
                f"classes from 1 to {self.num_classes}. Received: ids up to "
                f"{int(ids.max(initial=0))}, classes {classes.tolist()[:20]}."
            )
        return classes
