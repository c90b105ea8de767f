"""The nuclei score at every threshold: that of ``IdMapScores``, in one pass."""

import numpy as np
import pytest

from kseg.metrics import IdMapScores, ScoreThreshold
from tests.objects import detections, random_pair, truth
from tests.reference.objects import outside_crowds

SIZE = (20, 40)


def pooled(images, threshold, iou):
    scores = IdMapScores([iou])
    for true, found in images:
        shown = found.select(outside_crowds(true, found)).above(float(threshold))
        scores.update(true.to_ids(), shown.to_ids())
    return float(scores.result()["score"][0])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("iou", [0.3, 0.5, 0.7])
def test_equals_a_pass_for_each_threshold(seed, iou):
    """Below 0.5 an object may have several partners."""
    rng = np.random.default_rng(seed)
    images = [random_pair(rng) for _ in range(8)]
    curve = ScoreThreshold(3, ious=(0.9, iou))
    for true, found in images:
        curve.update(true, found)
    thresholds = np.arange(0, 21) / 20
    expected = [pooled(images, t, iou) for t in thresholds]
    assert len(set(expected)) > 5
    found = [curve.at(float(t), iou) for t in thresholds]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    threshold, best = curve.best(iou)
    assert best == pytest.approx(max(expected))
    assert curve.at(threshold, iou) == best


def test_by_hand():
    true = truth([(0, 0, 8, 8), (0, 20, 8, 28)], [1, 1], SIZE)
    boxes = [(0, 0, 8, 8), (10, 0, 16, 8), (0, 20, 8, 27), (10, 20, 16, 30)]
    found = detections(boxes, [1] * 4, [0.9, 0.8, 0.7, 0.2], SIZE)
    curve = ScoreThreshold(1)
    curve.update(true, found)
    # Hits at 0.9 and 0.7, inventions at 0.8 and 0.2.
    assert [curve.at(t) for t in (0.95, 0.85, 0.75, 0.6, 0.1)] == pytest.approx(
        [0, 1 / 2, 1 / 3, 2 / 3, 2 / 4]
    )
    assert curve.best() == (0.45, pytest.approx(2 / 3))


def test_what_lies_in_a_crowd_does_not_count():
    """A cell of class 1 beside a crowd of its class, with one cell drawn in it."""
    boxes = [(0, 0, 8, 8), (10, 0, 20, 40), (12, 2, 18, 8)]
    true = truth(boxes, [1, 1, 1], SIZE, crowd={1})
    places = [
        (0, 0, 8, 8),
        (11, 12, 19, 20),  # in the crowd
        (6, 20, 14, 30),  # by half
        (5, 32, 13, 40),  # by three rows of eight: wrong
        (12, 2, 18, 8),  # the drawn cell: found
    ]
    found = detections(places, [1] * 5, [0.6, 0.9, 0.9, 0.3, 0.5], SIZE)
    curve = ScoreThreshold(2)
    curve.update(true, found)
    assert [curve.at(t) for t in (0.7, 0.55, 0.4, 0.2)] == pytest.approx(
        [0, 1 / 2, 1, 2 / 3]
    )
    assert curve.best() == (0.4, 1)
    # A crowd of another class excuses nothing.
    other = ScoreThreshold(2)
    other.update(truth(boxes, [1, 2, 1], SIZE, crowd={1}), found)
    assert other.at(0.2) == pytest.approx(2 / 5)


def test_of_equal_scores_all_or_none_count():
    true = truth([(0, 0, 8, 8)], [1], SIZE)
    boxes = [(0, 0, 8, 8), (10, 0, 16, 8), (0, 20, 8, 28)]
    found = detections(boxes, [1] * 3, [0.8, 0.8, 0.8], SIZE)
    curve = ScoreThreshold(1)
    curve.update(true, found)
    assert curve.best() == (0.4, pytest.approx(1 / 3))


def test_close_scores_are_told_apart():
    true = truth([(0, 0, 8, 8)], [1], SIZE)
    boxes = [(0, 0, 8, 8), (10, 0, 16, 8)]
    found = detections(boxes, [1, 1], [0.70001, 0.7], SIZE)
    curve = ScoreThreshold(1)
    curve.update(true, found)
    threshold, best = curve.best()
    assert best == curve.at(threshold) == 1
    assert len(found.above(threshold)) == 1


def test_neighbouring_floats_are_told_apart():
    true = truth([(0, 0, 8, 8)], [1], SIZE)
    high = np.float32(0.7)
    scores = [high, np.nextafter(high, np.float32(0))]
    found = detections([(0, 0, 8, 8), (10, 0, 16, 8)], [1, 1], scores, SIZE)
    curve = ScoreThreshold(1)
    curve.update(true, found)
    threshold, best = curve.best()
    assert best == curve.at(threshold) == 1 and len(found.above(threshold)) == 1


def test_nothing_to_find_and_nothing_found():
    nothing, none = truth([], [], SIZE), detections([], [], [], SIZE)
    curve = ScoreThreshold(1)
    assert curve.best() == (0.5, 1)
    curve.update(nothing, none)
    assert curve.best() == (0.5, 1)
    curve.update(truth([(0, 0, 8, 8)], [1], SIZE), none)
    assert curve.best() == (0.5, 0)


@pytest.mark.parametrize("ious", [(), (0,), (0.5, 1.2)])
def test_other_ious_are_refused(ious):
    with pytest.raises(ValueError, match="above 0 and up to 1"):
        ScoreThreshold(1, ious=ious)


def test_an_iou_that_was_not_counted_is_refused():
    scores = ScoreThreshold(1, ious=(0.7,))
    for ask in (scores.best, lambda iou: scores.at(0.3, iou)):
        with pytest.raises(ValueError, match=r"of \(0.7,\). Received: 0.5"):
            ask(0.5)
