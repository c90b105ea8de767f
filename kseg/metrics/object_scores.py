"""All scores of objects with a class and a score, in one pass over the images."""

from typing import Any

import numpy as np

from kseg.metrics.coco import CocoScores
from kseg.metrics.id_maps import IdMapScores
from kseg.metrics.mapr import MeanAPr
from kseg.metrics.objects import outside_crowds
from kseg.metrics.panoptic import PanopticQuality
from kseg.metrics.score_threshold import ScoreThreshold

_IOUS = (0.5, 0.7)
_QUICK = ("ap", "ap50", "ap75", "ar100")
_OF_COCO = (
    *("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large"),
    *("ar10", "ar100", "ar1000", "ap_per_class"),
)
_OF_MAPR = ("map_r_50", "map_r_70", "map_r_50_area", "map_r_70_area")


class ObjectScores:
    """Accumulates images, then gives the scores of ``kseg evaluate``.

    AP, AR and mAP^r see all objects; the nuclei score and PQ, which know no scores,
    those from ``score_threshold`` on. What lies in a crowd is not wrong for any of
    them (of the nuclei score: by half or more, in one of its class). AP counts as many
    detections of a class in an image as the fullest image has objects of one, and at
    least COCO's 100.

    Args:
        num_classes: K; classes are 1 to K.
        score_threshold: 0 to 1.
        quick: Leave out boxes, sizes, classes, mAP^r and PQ, and all AR but one.
        category_ids: Of ``CocoScores``.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        score_threshold: float = 0.5,
        quick: bool = False,
        category_ids=None,
    ):
        kinds = ("segm",) if quick else ("segm", "bbox")
        self.score_threshold = score_threshold
        self.coco = CocoScores(
            num_classes, category_ids=category_ids, kinds=kinds, by_size=not quick
        )
        self._curve = ScoreThreshold(num_classes, ious=_IOUS)
        self._of_ids = IdMapScores()
        self._mapr = None if quick else MeanAPr(num_classes)
        self._panoptic = None if quick else PanopticQuality(num_classes)
        self._counts: list[tuple[int, int]] = []

    def update(self, true, found, image_id: int | str | None = None) -> None:
        """Add one image.

        Args:
            true: Its objects, ``kseg.data.Objects``.
            found: ``kseg.predict.Detections``, of all scores.
            image_id: Of ``CocoScores.update``.

        Raises:
            ValueError: An image of another size, or a class outside 1 to K.
        """
        self.coco.update(true, found, image_id)
        self._curve.update(true, found)
        shown = found.above(self.score_threshold)
        counted = outside_crowds(true, shown)
        self._of_ids.update(true.to_ids(), counted.to_ids())
        if self._mapr:
            self._mapr.update(true, found)
            self._panoptic.update(true, shown)
        self._counts.append((int((~true.crowd).sum()), len(shown)))
        classes = true.classes[~true.crowd].tolist()
        fullest = max(map(classes.count, set(classes)), default=0)
        self.coco.max_detections = max(self.coco.max_detections, fullest)

    def rows(self) -> list[dict[str, Any]]:
        """Of each image: ``score``, the nuclei score at IoU 0.5; ``objects``, ``found``
        and ``foreground_iou``."""
        found = self._of_ids.result()
        columns = (
            found["per_image_score"][:, 0].tolist(),
            found["per_image_foreground_iou"].tolist(),
            self._counts,
        )
        return [
            {"score": s, "foreground_iou": f, "objects": n, "found": m}
            for s, f, (n, m) in zip(*columns, strict=True)
        ]

    def result(self) -> dict[str, Any]:
        """The scores of all images so far.

        Returns:
            ``score``: ``mask_ap``, which training maximises. ``mask_ap``,
            ``mask_ap50``, ``mask_ap75``, ``mask_ap_small``, ``_medium``, ``_large``,
            ``mask_ar10``, ``_ar100``, ``_ar1000`` and ``mask_ap_per_class``, a list of
            K (and ``box_...``), of ``CocoScores``, and their ``max_detections``; at
            ``score_threshold`` the nuclei score pooled, ``objects_50``, ``objects_70``
            and ``objects_mean``, as the mean of images, ``image_objects_50`` ...,
            ``foreground_iou`` and ``image_foreground_iou``, ``pq``, ``sq`` and ``rq``;
            ``map_r_50``, ``map_r_70`` and, by area, ``map_r_50_area`` and
            ``map_r_70_area`` of ``MeanAPr``; ``best_threshold``, that of the best
            ``objects_50``, with ``best_objects_50`` and ``best_objects_70`` there.
        """
        coco = self.coco.result()
        scores = {"score": coco["mask_ap"]}
        of_coco = _QUICK if self._mapr is None else _OF_COCO
        for kind in ("mask", "box"):
            names = [f"{kind}_{name}" for name in of_coco]
            found = {name: coco[name] for name in names if name in coco}
            scores |= {name: _plain(value) for name, value in found.items()}
        scores["max_detections"] = self.coco.max_detections
        scores["score_threshold"] = self.score_threshold
        scores |= self._of_maps()
        for other, names in (
            (self._panoptic, ("pq", "sq", "rq")),
            (self._mapr, _OF_MAPR),
        ):
            if other:
                found = other.result()
                scores |= {name: found[name] for name in names}
        threshold, best = self._curve.best()
        scores |= {"best_threshold": threshold, "best_objects_50": best}
        scores["best_objects_70"] = self._curve.at(threshold, 0.7)
        return scores

    def _of_maps(self):
        found = self._of_ids.result()
        scores = {}
        for prefix in ("", "image_"):
            for iou in _IOUS:
                n = int(abs(found["thresholds"] - iou).argmin())
                value = float(found[f"{prefix}score"][n])
                scores[f"{prefix}objects_{100 * iou:.0f}"] = value
            scores[f"{prefix}objects_mean"] = found[f"{prefix}mean_score"]
            scores[f"{prefix}foreground_iou"] = found[f"{prefix}foreground_iou"]
        return scores


def _plain(value):
    """What JSON can hold."""
    return value.tolist() if isinstance(value, np.ndarray) else value
