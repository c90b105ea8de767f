"""COCO's scores of boxes and masks, by pycocotools."""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from kseg.metrics.objects import check_pair, coco_entries

# Of COCO's two tasks: pycocotools' name, and the one in the scores.
_KINDS = {"bbox": "box", "segm": "mask"}
_MOST = (1, 10, 100, 1000)
_SIZES = ("small", "medium", "large")


class CocoScores:
    """Accumulates images, then gives the AP and AR of COCO.

    AP: precision at 101 recalls, mean of classes, at IoU 0.50 to 0.95 (``ap``), 0.5,
    0.75, and for small (area up to 32^2 pixels), medium and large (from 96^2) objects,
    with at most 100 detections of a class in an image. AR: the recall that at most 1,
    10, 100 and 1000 detections of a class in an image reach, mean of IoU 0.50 to 0.95;
    by size with 100. A detection that lies in a crowd counts nowhere. Where an image
    holds more than 100 objects of a class, no AP reaches 1: raise ``max_detections``,
    and say so beside the score.

    pycocotools counts, on what ``results`` gives: the same scores, to the digit, as it
    gives for these results in a file. Only its matching is written anew, for images of
    hundreds of objects (``kseg.metrics.coco_matching``).

    Args:
        num_classes: K; classes are 1 to K.
        category_ids: The K category ids of the classes, in a file; None: 1 to K.
        kinds: ``"bbox"``, ``"segm"`` or both: what is compared.
        class_agnostic: Compare without classes, as proposals are scored (their AR is
            that of DeepMask and InstanceFCN): then "of a class" is dropped above.
        max_detections: The 100 of AP, and of AR by size; COCO's is 100.
        by_size: Whether small, medium and large objects are scored apart, too, for
            four times the time.

    Raises:
        ValueError: Another kind, another number of category ids, or no detections.

    Reference:
        Lin et al., Microsoft COCO: Common Objects in Context, ECCV 2014.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        category_ids: Sequence[int] | None = None,
        kinds: Sequence[str] = ("bbox", "segm"),
        class_agnostic: bool = False,
        max_detections: int = 100,
        by_size: bool = True,
    ):
        ids = range(1, num_classes + 1) if category_ids is None else category_ids
        self.category_ids = tuple(int(key) for key in ids)
        if len(set(self.category_ids)) != num_classes or num_classes < 1:
            raise ValueError(
                f"Expected {num_classes} different category ids, 1 or more. Received: "
                f"{self.category_ids}."
            )
        if not kinds or not set(kinds) <= set(_KINDS):
            raise ValueError(f'Expected kinds "bbox" or "segm". Received: {kinds}.')
        if max_detections < 1:
            raise ValueError(
                f"Expected max_detections of 1 or more. Received: {max_detections}."
            )
        self.max_detections, self.by_size = max_detections, by_size
        self.kinds = tuple(kinds)
        self.class_agnostic = class_agnostic
        self._images: dict[int | str, dict] = {}
        self._annotations: list[dict] = []
        self._results: dict[str, list[dict]] = {kind: [] for kind in kinds}

    def update(self, true, found, image_id: int | str | None = None) -> None:
        """Add one image.

        Args:
            true: Its objects, ``kseg.data.Objects``.
            found: ``kseg.predict.Detections``.
            image_id: Its id in a file; None: 1 for the first image, and so on.

        Raises:
            ValueError: An image of another size, or a class outside 1 to K; an id that
                was there before.
        """
        image_id = len(self._images) + 1 if image_id is None else image_id
        if image_id in self._images:
            raise ValueError(f"Expected each image once. Received: {image_id!r} again.")
        check_pair(true, found, len(self.category_ids))
        height, width = true.size
        self._images[image_id] = {"id": image_id, "height": height, "width": width}
        entries = coco_entries(true, image_id, self.category_ids)
        stated = zip(entries, true.crowd, true.areas, strict=True)
        for entry, crowd, area in stated:
            # An id of 0 would count as no match in pycocotools.
            entry["id"] = len(self._annotations) + 1
            entry |= {"iscrowd": int(crowd), "area": float(str(area))}
            self._annotations.append(entry)
        for kind, results in self._results.items():
            results += coco_entries(found, image_id, self.category_ids, (kind,))

    def results(self, kind: str) -> list[dict[str, Any]]:
        """The detections as COCO's result files have them.

        A file is of one kind: pycocotools sorts masks by the area of ``bbox`` where it
        finds one.
        """
        return [dict(entry) for entry in self._results[kind]]

    def result(self) -> dict[str, Any]:
        """The scores of all images so far.

        Returns:
            For ``box`` and ``mask`` in the place of NAME: ``NAME_ap``, ``NAME_ap50``,
            ``NAME_ap75``; ``NAME_ar1``, ``10``, ``100``, ``1000``; with ``by_size``
            ``NAME_ap_small``, ``_medium``, ``_large`` and ``NAME_ar_small``,
            ``_medium``, ``_large``; and, unless class-agnostic, ``NAME_ap_per_class``,
            (K,) float64. Where there is nothing to find NaN (pycocotools: -1).
        """
        scores = {}
        for kind in self.kinds:
            # pycocotools prints what it does.
            with contextlib.redirect_stdout(io.StringIO()):
                run = self._evaluated(kind)
            for name, value in self._read(run).items():
                scores[f"{_KINDS[kind]}_{name}"] = value
        return scores

    def _evaluated(self, kind):
        from pycocotools.coco import COCO

        from kseg.metrics.coco_matching import SparseCocoEval

        true = COCO()
        true.dataset = {
            "images": list(self._images.values()),
            "categories": [{"id": key, "name": str(key)} for key in self.category_ids],
            "annotations": [dict(entry) for entry in self._annotations],
        }
        true.createIndex()
        results = self.results(kind)
        if results:
            found = true.loadRes(results)
        else:  # loadRes looks at the first
            found = COCO()
            found.dataset = {**true.dataset, "annotations": []}
            found.createIndex()
        run = SparseCocoEval(true, found, kind)
        if not self.by_size:
            run.params.areaRng = run.params.areaRng[:1]
            run.params.areaRngLbl = run.params.areaRngLbl[:1]
        run.params.maxDets = sorted({*_MOST, self.max_detections})
        run.params.useCats = int(not self.class_agnostic)
        run.evaluate()
        run.accumulate()
        return run

    def _read(self, run):
        """COCO's numbers, of precision (T, R, K, A, M) and recall (T, K, A, M)."""
        at = {most: m for m, most in enumerate(run.params.maxDets)}
        precision = run.eval["precision"][..., at[self.max_detections]]
        recall = run.eval["recall"]
        found = {
            "ap": _mean(precision[..., 0]),
            "ap50": _mean(precision[0, ..., 0]),
            "ap75": _mean(precision[5, ..., 0]),
        }
        sizes = tuple(enumerate(_SIZES, 1)) if self.by_size else ()
        for a, size in sizes:
            found[f"ap_{size}"] = _mean(precision[..., a])
        found |= {f"ar{most}": _mean(recall[..., 0, at[most]]) for most in _MOST}
        for a, size in sizes:
            found[f"ar_{size}"] = _mean(recall[..., a, at[self.max_detections]])
        if not self.class_agnostic:
            # pycocotools has them in the order of their ids.
            ranks = np.argsort(np.argsort(self.category_ids))
            of_class = np.moveaxis(precision[..., 0], 2, 0)[ranks]
            found["ap_per_class"] = np.array([_mean(part) for part in of_class])
        return found


def _mean(values):
    defined = values[values > -1]
    return float(np.mean(defined)) if defined.size else float("nan")
