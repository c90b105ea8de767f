"""mAP^r: against dense masks, by hand, and the checks that the papers give."""

import doctest

import numpy as np
import pytest

import kseg.metrics.mapr
from kseg.metrics import MeanAPr
from kseg.metrics.mapr import average_precision
from kseg.metrics.objects import mask_overlaps
from tests.objects import detections, random_pair, truth
from tests.reference import objects as reference


@pytest.mark.parametrize("seed", range(4))
def test_against_dense_masks(seed):
    rng = np.random.default_rng(seed)
    images = [random_pair(rng) for _ in range(8)]
    scores = MeanAPr(3, thresholds=(0.5, 0.7))
    for true, found in images:
        scores.update(true, found)
    result = scores.result()
    for t in (50, 70):
        for name, eleven in ((f"map_r_{t}", True), (f"map_r_{t}_area", False)):
            expected = reference.mean_ap_r(images, 3, t / 100, eleven)
            assert result[name] == pytest.approx(expected)
    assert 0.05 < result["map_r_70"] < result["map_r_50"] < 1


def test_perfect_predictions_are_one():
    true = truth([(0, 0, 8, 8), (4, 4, 12, 9), (20, 3, 25, 25)], [1, 2, 2], (30, 30))
    scores = MeanAPr(2)
    scores.update(
        true, detections(true.frames, true.classes, [0.3, 0.2, 0.1], (30, 30))
    )
    result = scores.result()
    for name in ("map_r_50", "map_r_70", "map_r_50_area", "map_r_70_area"):
        assert result[name] == 1


def test_half_recall_with_perfect_precision_is_six_elevenths():
    true = truth([(0, 0, 8, 8), (20, 3, 25, 25)], [1, 1], (30, 30))
    scores = MeanAPr(1)
    scores.update(true, detections([(0, 0, 8, 8)], [1], [0.3], (30, 30)))
    result = scores.result()
    assert (
        result["map_r_50"] == pytest.approx(6 / 11) == pytest.approx(0.5455, abs=1e-4)
    )
    assert result["map_r_50_area"] == 0.5


def test_a_tenth_of_the_recall_is_reached_exactly():
    """0.1 + 0.2 is above 0.3 in floats; 3 of 10 still reach the recall 0.3."""
    for hits in range(11):
        right = np.ones(hits, bool)
        found = average_precision(right, 10, eleven_points=True)
        assert found == pytest.approx((hits + 1 if hits else 0) / 11)


def test_the_second_on_an_object_is_wrong_and_equality_counts():
    true = truth([(0, 0, 10, 10)], [1], (10, 20))
    # The better mask comes second: VOC does not wait for it. IoU 0.5 exactly.
    found = detections([(0, 0, 5, 10), (0, 0, 10, 10)], [1, 1], [0.9, 0.8], (10, 20))
    scores = MeanAPr(1, [0.5, 0.51])
    scores.update(true, found)
    result = scores.result()
    assert result["map_r_50"] == 1  # found first; what follows costs nothing
    assert result["map_r_51"] == pytest.approx(0.5)


def test_a_crowd_counts_nowhere():
    true = truth([(0, 0, 10, 10), (0, 12, 4, 20)], [1, 1], (12, 20), crowd=[0])
    boxes = [(1, 1, 4, 4), (0, 12, 4, 20)]
    scores = MeanAPr(1)
    scores.update(true, detections(boxes, [1, 1], [0.9, 0.8], (12, 20)))
    assert scores.result()["map_r_50_area"] == 1
    scores.update(truth([], [], (12, 20)), detections(boxes[:1], [1], [1], (12, 20)))
    assert scores.result()["map_r_50_area"] == 0.5


def test_classes_without_an_object_are_left_out():
    scores = MeanAPr(3)
    assert np.isnan(scores.result()["map_r_50"])
    true = truth([(0, 0, 5, 5)], [2], (9, 9))
    scores.update(true, detections([(0, 0, 5, 5)] * 2, [2, 3], [0.5, 0.9], (9, 9)))
    result = scores.result()
    assert result["map_r_50"] == 1
    np.testing.assert_array_equal(result["map_r_50_per_class"], [np.nan, 1, np.nan])


def test_overlaps_of_masks():
    true = truth([(0, 0, 4, 4), (0, 0, 8, 8)], [1, 1], (8, 8), crowd=[1])
    found = detections([(2, 0, 6, 4)], [1], [1], (8, 8))
    np.testing.assert_allclose(mask_overlaps(true, found), [[8 / 24, 1]])
    assert mask_overlaps(true, found.select([])).shape == (0, 2)


@pytest.mark.parametrize("thresholds", [(), (0,), (1.1,)])
def test_thresholds_that_make_no_sense_are_refused(thresholds):
    with pytest.raises(ValueError, match="above 0 and up to 1"):
        MeanAPr(1, thresholds)


def test_examples_in_docstrings():
    result = doctest.testmod(kseg.metrics.mapr)
    assert result.attempted > 0 and result.failed == 0
