"""pycocotools' evaluation, looking only at pairs that overlap enough to match.

Its own compares every detection with every true object at each of ten IoUs, in Python:
most of the time of scoring images with hundreds of objects. What comes out is the same.
"""

import numpy as np
from pycocotools.cocoeval import COCOeval


class SparseCocoEval(COCOeval):
    """``COCOeval`` with another ``evaluateImg``, for boxes and masks."""

    def evaluateImg(self, imgId, catId, aRng, maxDet):
        """Match the objects of one image and class.

        Args:
            imgId, catId: Which.
            aRng: Areas from and to which objects count.
            maxDet: So many detections of the highest scores are looked at.

        Returns:
            What pycocotools' own returns; None without objects.
        """
        keys = [(imgId, k) for k in self.params.catIds]
        if self.params.useCats:
            keys = [(imgId, catId)]
        true = [entry for key in keys for entry in self._gts[key]]
        found = [entry for key in keys for entry in self._dts[key]]
        if not true and not found:
            return None
        ignored = np.array([bool(g["ignore"]) or _outside(g, aRng) for g in true], int)
        # Those that do not count come last.
        order = np.argsort(ignored, kind="stable")
        true, ignored = [true[i] for i in order], ignored[order]
        ranked = np.argsort([-d["score"] for d in found], kind="stable")[:maxDet]
        found = [found[i] for i in ranked]
        overlaps = self.ious[imgId, catId]
        if len(overlaps):
            overlaps = overlaps[:, order]
        matches = self._match(true, found, ignored, overlaps)
        true_matches, found_matches, found_ignored = matches
        outside = np.array([_outside(d, aRng) for d in found], bool)
        return {
            "image_id": imgId,
            "category_id": catId,
            "aRng": aRng,
            "maxDet": maxDet,
            "dtIds": [d["id"] for d in found],
            "gtIds": [g["id"] for g in true],
            "dtMatches": found_matches,
            "gtMatches": true_matches,
            "dtScores": [d["score"] for d in found],
            "gtIgnore": ignored,
            "dtIgnore": found_ignored | ((found_matches == 0) & outside),
        }

    def _match(self, true, found, ignored, overlaps):
        """For each IoU: the match of each true object, of each found one, and whether
        what that found does not count."""
        thresholds = self.params.iouThrs
        true_matches = np.zeros((len(thresholds), len(true)))
        found_matches = np.zeros((len(thresholds), len(found)))
        found_ignored = np.zeros((len(thresholds), len(found)), bool)
        if not len(overlaps):
            return true_matches, found_matches, found_ignored
        # An IoU of 1 is not always reached in floats.
        lowest = np.minimum(thresholds, 1 - 1e-10)
        candidates = [[] for _ in found]
        for d, g in np.argwhere(overlaps[: len(found)] >= lowest.min()).tolist():
            again = bool(true[g]["iscrowd"])  # a crowd may be found many times
            candidates[d].append((g, overlaps[d, g], again, bool(ignored[g])))
        for t, threshold in enumerate(lowest):
            for d, beside in enumerate(candidates):
                best, match, counts = threshold, -1, False
                for g, overlap, again, ignore in beside:
                    if true_matches[t, g] > 0 and not again:
                        continue
                    if counts and ignore:
                        break
                    if overlap >= best:
                        best, match, counts = overlap, g, not ignore
                if match >= 0:
                    found_ignored[t, d] = not counts
                    found_matches[t, d] = true[match]["id"]
                    true_matches[t, match] = found[d]["id"]
        return true_matches, found_matches, found_ignored


def _outside(entry, areas):
    return entry["area"] < areas[0] or entry["area"] > areas[1]
