"""Instance scores over many images: hits, misses and inventions. NumPy only."""

from collections.abc import Iterable

import numpy as np

from kseg.metrics.matching import match_id_maps

# Twentieths are the nearest floats to 0.50, 0.55 ... 0.95, as an IoU of, say, 7/10 is
# the nearest to 0.7, so that equality counts; np.arange(0.5, 1, 0.05) drifts.
THRESHOLDS = tuple((np.arange(10, 20) / 20).tolist())


class IdMapScores:
    """Accumulates the instance scores of many images.

    Score of an image or a set at threshold t: ``TP / (TP + FP + FN)``, the measure of
    the 2018 Data Science Bowl (there with IoU above t; here at least t). *Pooled* sums
    TP, FP and FN over all images first, so that an image counts by its objects; *image*
    scores are means over images, each counting the same. An image without any true or
    predicted object scores 1 (nothing to find, nothing found) and adds nothing to the
    pool.

    Args:
        thresholds: IoU thresholds above 0 and up to 1; default 0.50 to 0.95 by 0.05.

    Raises:
        ValueError: no threshold, or one outside 0..1; maps as for ``match_id_maps``.

    Example:
        One object found, one missed, one invented:

        >>> scores = IdMapScores(thresholds=[0.5])
        >>> scores.update([[1, 1, 0, 2, 2, 0]], [[7, 7, 0, 0, 9, 9]])
        >>> result = scores.result()
        >>> [int(result[name][0]) for name in ("tp", "fp", "fn")]
        [1, 1, 1]
        >>> round(result["mean_score"], 4), round(result["foreground_iou"], 4)
        (0.3333, 0.6)

    Reference:
        Caicedo et al., Nucleus segmentation across imaging experiments: the 2018 Data
        Science Bowl, Nature Methods 2019.
    """

    def __init__(self, thresholds: Iterable[float] = THRESHOLDS):
        self.thresholds = np.array(list(thresholds), dtype="float64")
        inside = (self.thresholds > 0) & (self.thresholds <= 1)
        if not self.thresholds.size or not inside.all():
            raise ValueError(
                "thresholds must be one or more IoU values above 0 and up to 1. "
                f"Received: thresholds={self.thresholds.tolist()}"
            )
        self._hits: list[list[int]] = []
        self._sizes: list[tuple[int, int, int, int]] = []

    def update(self, true_ids, predicted_ids) -> None:
        """Add one image: two id maps (H, W), 0 background."""
        match = match_id_maps(true_ids, predicted_ids)
        self._hits.append([match.hits(t) for t in self.thresholds])
        self._sizes.append(
            (
                match.true_ids.size,
                match.predicted_ids.size,
                match.foreground_intersection,
                match.foreground_union,
            )
        )

    def result(self) -> dict:
        """The scores of all images so far.

        Returns:
            dict of "thresholds" (T,); pooled "tp", "fp", "fn" (T,) int64, "score" (T,),
            their "mean_score" over thresholds and "foreground_iou"; means over images
            "image_score" (T,), "image_mean_score" and "image_foreground_iou"; of each
            image, in order, "per_image_score" (images, T) and
            "per_image_foreground_iou" (images,). "images" is how many. With no image
            all scores are NaN.
        """
        hits = np.array(self._hits, "int64").reshape(-1, self.thresholds.size)
        sizes = np.array(self._sizes, "int64").reshape(-1, 4)
        true, predicted = sizes[:, :1], sizes[:, 1:2]
        per_image = _share(hits, true + predicted - hits)
        per_image_foreground = _share(sizes[:, 2], sizes[:, 3])
        tp, pool = hits.sum(axis=0), sizes.sum(axis=0)
        seen = float("nan") if not len(sizes) else 1.0
        score = _share(tp, pool[0] + pool[1] - tp) * seen
        image_score = _mean_of_images(per_image)
        return {
            "thresholds": self.thresholds,
            "tp": tp,
            "fp": pool[1] - tp,
            "fn": pool[0] - tp,
            "score": score,
            "mean_score": float(score.mean()),
            "foreground_iou": float(_share(pool[2], pool[3]) * seen),
            "image_score": image_score,
            "image_mean_score": float(image_score.mean()),
            "image_foreground_iou": float(_mean_of_images(per_image_foreground)),
            "per_image_score": per_image,
            "per_image_foreground_iou": per_image_foreground,
            "images": len(sizes),
        }


def id_map_scores(pairs, thresholds=THRESHOLDS) -> dict:
    """``IdMapScores.result`` of an iterable of (true_ids, predicted_ids) pairs.

    Args:
        pairs: pairs of id maps (H, W), 0 background; sizes may differ between pairs.
        thresholds: IoU thresholds above 0 and up to 1.

    Returns:
        The dict of ``IdMapScores.result``.

    Raises:
        ValueError: as ``IdMapScores``.

    Example:
        >>> id_map_scores([([[1, 1]], [[5, 5]])])["mean_score"]
        1.0
    """
    scores = IdMapScores(thresholds)
    for true_ids, predicted_ids in pairs:
        scores.update(true_ids, predicted_ids)
    return scores.result()


def _share(part, whole):
    """part / whole; 1 where there is nothing of either."""
    return np.where(whole > 0, part / np.maximum(whole, 1), 1.0)


def _mean_of_images(values):
    if not len(values):
        return np.full(values.shape[1:], np.nan)
    return values.mean(axis=0)
