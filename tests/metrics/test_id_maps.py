"""Instance scores: pooled and per image, by hand and against the oracle."""

import doctest

import numpy as np
import pytest

import kseg.metrics.id_maps
from kseg.metrics import THRESHOLDS, IdMapScores, id_map_scores
from tests.reference import metrics as reference

EMPTY = np.zeros((2, 3), "uint8")
ONE = np.array([[1, 1, 0], [0, 0, 0]])
TWO = np.array([[1, 1, 0], [0, 0, 2]])


def test_thresholds_are_the_nearest_floats():
    assert THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def test_pooled_and_per_image_by_hand():
    """Image 1: one hit. Image 2: one hit, one missed."""
    result = id_map_scores([(ONE, ONE), (TWO, ONE)], thresholds=[0.5, 0.9])
    assert [result[name].tolist() for name in ("tp", "fp", "fn")] == [
        [2, 2],
        [0, 0],
        [1, 1],
    ]
    assert result["score"].tolist() == pytest.approx([2 / 3, 2 / 3])
    assert result["mean_score"] == pytest.approx(2 / 3)
    assert result["image_score"].tolist() == [0.75, 0.75]
    assert result["image_mean_score"] == 0.75
    assert result["per_image_score"].tolist() == [[1.0, 1.0], [0.5, 0.5]]
    assert result["foreground_iou"] == pytest.approx(4 / 5)
    assert result["image_foreground_iou"] == pytest.approx((1 + 2 / 3) / 2)
    assert result["per_image_foreground_iou"].tolist() == pytest.approx([1, 2 / 3])
    assert result["images"] == 2


@pytest.mark.parametrize("seed", range(4))
def test_against_the_oracle(seed):
    rng = np.random.default_rng(seed)
    true = np.kron(rng.integers(0, 5, (3, 4)), np.ones((2, 3), int))
    predicted = true.copy()
    predicted[:, rng.integers(0, 12)] = 0
    predicted[rng.integers(0, 6)] = 7
    result = id_map_scores([(true, predicted)])
    n = np.unique(true[true > 0]).size
    m = np.unique(predicted[predicted > 0]).size
    for i, threshold in enumerate(THRESHOLDS):
        tp = reference.hits(true, predicted, threshold)
        assert (result["tp"][i], result["fp"][i], result["fn"][i]) == (
            tp,
            m - tp,
            n - tp,
        )
        assert result["score"][i] == pytest.approx(tp / (n + m - tp))


class TestEmptyImages:
    def test_nothing_to_find_and_nothing_found_is_1(self):
        result = id_map_scores([(EMPTY, EMPTY)])
        for name in ("mean_score", "image_mean_score", "foreground_iou"):
            assert result[name] == 1.0
        assert result["image_foreground_iou"] == 1.0
        assert result["tp"].sum() == result["fp"].sum() == result["fn"].sum() == 0

    def test_it_adds_nothing_to_the_pool(self):
        with_it = id_map_scores([(EMPTY, EMPTY), (TWO, ONE)])
        without = id_map_scores([(TWO, ONE)])
        assert with_it["mean_score"] == without["mean_score"] == 0.5
        assert with_it["image_mean_score"] == 0.75

    @pytest.mark.parametrize("pair", [(EMPTY, ONE), (ONE, EMPTY)])
    def test_only_one_side_is_0(self, pair):
        result = id_map_scores([pair])
        assert result["mean_score"] == result["image_mean_score"] == 0.0
        assert result["foreground_iou"] == result["image_foreground_iou"] == 0.0

    def test_no_image_is_nan(self):
        result = IdMapScores().result()
        for name in ("mean_score", "image_mean_score", "foreground_iou"):
            assert np.isnan(result[name])
        assert np.isnan(result["image_foreground_iou"])
        assert result["images"] == 0 and result["per_image_score"].shape == (0, 10)


def test_update_adds_up_and_images_may_differ_in_size():
    scores = IdMapScores([0.5])
    scores.update(ONE, ONE)
    assert scores.result()["tp"].tolist() == [1]
    scores.update(np.ones((7, 5), int), np.full((7, 5), 9))
    assert scores.result()["tp"].tolist() == [2]
    assert scores.result()["foreground_iou"] == 1.0


@pytest.mark.parametrize("thresholds", [[], [0.0], [1.1], [0.5, -0.5], [float("nan")]])
def test_thresholds_outside_0_to_1_are_refused(thresholds):
    with pytest.raises(ValueError, match="thresholds must be"):
        IdMapScores(thresholds)


def test_examples_in_docstrings():
    result = doctest.testmod(kseg.metrics.id_maps)
    assert result.attempted > 0 and result.failed == 0
