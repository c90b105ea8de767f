"""The same matches as pycocotools' own, entry by entry."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.cocoeval import COCOeval

from kseg.metrics import CocoScores, coco_matching
from tests.objects import random_pair


def evaluated(monkeypatch, scores, matching, kind):
    with contextlib.redirect_stdout(io.StringIO()), monkeypatch.context() as patched:
        patched.setattr(coco_matching, "SparseCocoEval", matching)
        return scores._evaluated(kind)


@pytest.mark.parametrize("kind", ["bbox", "segm"])
@pytest.mark.parametrize("agnostic", [False, True])
@pytest.mark.parametrize("most", [2, 100])
def test_every_match_is_the_same(kind, agnostic, most, monkeypatch):
    rng = np.random.default_rng(most)
    # Large and small images, so that objects are ignored for their area; crowds.
    scores = CocoScores(3, class_agnostic=agnostic, max_detections=most)
    for n in range(24):
        size, objects = ((40, 56), 6) if n % 2 else ((160, 200), 30)
        scores.update(*random_pair(rng, size, objects=objects))
    ours = evaluated(monkeypatch, scores, coco_matching.SparseCocoEval, kind)
    theirs = evaluated(monkeypatch, scores, COCOeval, kind)
    assert len(ours.evalImgs) == len(theirs.evalImgs)
    matched = 0
    for own, other in zip(ours.evalImgs, theirs.evalImgs, strict=True):
        assert (own is None) == (other is None)
        for key in other or ():
            np.testing.assert_array_equal(own[key], other[key], err_msg=key)
        matched += 0 if other is None else np.count_nonzero(other["dtMatches"])
    assert matched > 200
    for name in ("precision", "recall", "scores"):
        np.testing.assert_array_equal(ours.eval[name], theirs.eval[name])


def test_sizes_may_be_left_out():
    every, few = CocoScores(3), CocoScores(3, by_size=False)
    rng = np.random.default_rng(0)
    for _ in range(6):
        pair = random_pair(rng)
        every.update(*pair)
        few.update(*pair)
    every, few = every.result(), few.result()
    gone = {name for name in every if name not in few}
    sizes = ("small", "medium", "large")
    assert gone == {f"{k}_{a}_{s}" for k in ("box", "mask") for a in ("ap", "ar")
                    for s in sizes}  # fmt: skip
    for name, value in few.items():
        np.testing.assert_array_equal(value, every[name])
