"""Panoptic quality: against dense masks, and by hand."""

import numpy as np
import pytest

from kseg.metrics import PanopticQuality
from tests.objects import detections, random_pair, truth
from tests.reference import objects as reference


@pytest.mark.parametrize("seed", range(4))
def test_against_dense_masks(seed):
    rng = np.random.default_rng(seed)
    images = []
    scores = PanopticQuality(3)
    for _ in range(6):
        true, found = random_pair(rng)
        ids = true.to_ids()
        void = (ids == 0) & (rng.random(ids.shape) < 0.3)
        void[:, :10] |= ids[:, :10] == 0
        image = ids, true.classes, found.to_ids(), found.classes, void
        scores.update_maps(*image)
        images.append(image)
    table = reference.panoptic(images, 3)
    result = scores.result()
    for k, (iou, tp, fp, fn) in table.items():
        counts = [int(result[name][k - 1]) for name in ("tp", "fp", "fn")]
        assert counts == [tp, fp, fn]
        expected = iou / (tp + fp / 2 + fn / 2)
        assert result["pq_per_class"][k - 1] == pytest.approx(expected)
    pq, sq, rq = (result[f"{name}_per_class"] for name in ("pq", "sq", "rq"))
    np.testing.assert_allclose(pq, sq * rq)
    assert result["pq"] == pytest.approx(pq.mean())
    assert result["tp"].sum() > 5 and result["fp"].sum() > 5


def test_by_hand():
    """IoU 3/4 found, one missed, one invented: 0.75 / 2."""
    true = truth([(0, 0, 4, 4), (10, 10, 12, 12)], [1, 1], (20, 20))
    found = detections([(0, 0, 3, 4), (10, 15, 12, 17)], [1, 1], [1, 1], (20, 20))
    scores = PanopticQuality(2)
    scores.update(true, found)
    result = scores.result()
    assert (result["pq"], result["sq"], result["rq"]) == (0.375, 0.75, 0.5)
    assert np.isnan(result["pq_per_class"][1])
    assert [result[k].tolist() for k in ("tp", "fp", "fn")] == [[1, 0]] * 3


def test_one_half_is_not_above_it():
    scores = PanopticQuality(1)
    scores.update_maps([[1, 1]], [1], [[1, 0]], [1])
    assert scores.result()["pq"] == 0


def test_another_class_is_a_miss_and_an_invention():
    scores = PanopticQuality(2)
    scores.update_maps([[1, 1]], [1], [[1, 1]], [2])
    result = scores.result()
    assert (result["fn"].tolist(), result["fp"].tolist()) == ([1, 0], [0, 1])


def test_what_lies_in_a_crowd_is_not_wrong_and_costs_no_iou():
    true = truth([(0, 0, 4, 4), (0, 4, 10, 10)], [1, 1], (10, 10), crowd=[1])
    # Half of the first found one, and more than half of the second, lie in the crowd.
    boxes = [(0, 0, 4, 8), (5, 3, 8, 8)]
    scores = PanopticQuality(1)
    scores.update(true, detections(boxes, [1, 1], [0.9, 0.8], (10, 10)))
    result = scores.result()
    assert (result["pq"], result["tp"], result["fp"]) == (1, [1], [0])
    scores.update(true, detections([(5, 2, 8, 6)], [1], [1], (10, 10)))
    assert scores.result()["fp"] == [1]  # half in it is not more than half


def test_an_object_in_front_of_a_crowd_is_to_be_found():
    true = truth([(0, 0, 10, 10), (2, 2, 6, 6)], [1, 1], (10, 10), crowd=[0])
    scores = PanopticQuality(1)
    scores.update(true, detections([(2, 2, 6, 6)], [1], [1], (10, 10)))
    scores.update(true, detections([], [], [], (10, 10)))
    result = scores.result()
    assert (result["tp"], result["fp"], result["fn"]) == ([1], [0], [1])


def test_where_there_is_nothing_there_is_no_score():
    scores = PanopticQuality(1)
    scores.update(truth([], [], (3, 3)), detections([], [], [], (3, 3)))
    scores.update_maps(np.zeros((0, 4), int), [], np.zeros((0, 4), int), [])
    assert all(np.isnan(scores.result()[name]) for name in ("pq", "sq", "rq"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[2]], [1], [[0]], []), "true ids of 0 to 1"),
        (([[1]], [4], [[0]], []), "classes from 1 to 3"),
        (([[0]], [], [[1]], [0]), "found ids"),
        (([[1, 1]], [1], [[1]], [1]), "of one size"),
        (([[1]], [1], [[1]], [1], [[True]]), "without true segments"),
        (([[1]], [1], [[1]], [1], [[False, False]]), "without true segments"),
    ],
)
def test_maps_that_do_not_fit_are_refused(arguments, message):
    maps = [np.array(a, int) if i in (0, 2) else a for i, a in enumerate(arguments)]
    with pytest.raises(ValueError, match=message):
        PanopticQuality(3).update_maps(*maps)
