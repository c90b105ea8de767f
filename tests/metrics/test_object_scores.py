"""All scores at once: each that of its own accumulator."""

import numpy as np
import pytest

from kseg.metrics import (
    CocoScores,
    IdMapScores,
    MeanAPr,
    ObjectScores,
    PanopticQuality,
    ScoreThreshold,
)
from tests.objects import detections, random_pair, truth
from tests.reference.objects import outside_crowds

QUICK = {
    *("score", "mask_ap", "mask_ap50", "mask_ap75", "mask_ar100", "max_detections"),
    *("objects_50", "objects_70", "objects_mean", "foreground_iou", "score_threshold"),
    *("image_objects_50", "image_objects_70", "image_objects_mean"),
    *("image_foreground_iou", "best_threshold", "best_objects_50", "best_objects_70"),
}


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    return [random_pair(rng) for _ in range(10)]


def scored(images, **kwargs):
    scores = ObjectScores(3, **kwargs)
    for true, found in images:
        scores.update(true, found)
    return scores


def test_each_is_what_it_is_alone(images):
    alone = CocoScores(3), MeanAPr(3), PanopticQuality(3), ScoreThreshold(3)
    of_ids = IdMapScores()
    for true, found in images:
        shown = found.above(0.4)
        for score, given in zip(alone, (found, found, shown, found), strict=True):
            score.update(true, given)
        counted = shown.select(outside_crowds(true, shown))
        of_ids.update(true.to_ids(), counted.to_ids())
    coco, mapr, pq, curve = alone
    result = scored(images, score_threshold=0.4).result()
    for expected in (coco.result(), mapr.result(), pq.result()):
        for name in expected.keys() & result.keys():
            assert result[name] == pytest.approx(expected[name], nan_ok=True), name
    assert result["score"] == result["mask_ap"] == coco.result()["mask_ap"] > 0
    expected = of_ids.result()
    assert result["objects_50"] == expected["score"][0] == curve.at(0.4)
    assert result["objects_70"] == expected["score"][4] < result["objects_50"]
    assert result["objects_mean"] == expected["mean_score"]
    assert result["image_objects_70"] == expected["image_score"][4]
    assert (result["best_threshold"], result["best_objects_50"]) == curve.best()
    assert result["best_objects_50"] >= result["objects_50"]
    assert {"pq", "map_r_70", "box_ap_medium", "mask_ar100"} <= result.keys()
    assert {"mask_ar10", "box_ar1000", "map_r_50_area", "map_r_70_area"} <= set(result)
    assert len(result["mask_ap_per_class"]) == len(result["box_ap_per_class"]) == 3
    assert all(isinstance(value, float | int | list) for value in result.values())


def test_quick_has_the_same_numbers_but_fewer(images):
    every, few = scored(images).result(), scored(images, quick=True).result()
    assert few.keys() == QUICK
    assert few == {name: every[name] for name in few}


def test_rows_are_of_images(images):
    rows = scored(images, score_threshold=0.4).rows()
    for row, (true, found) in zip(rows, images, strict=True):
        alone = IdMapScores()
        shown = found.above(0.4)
        counted = shown.select(outside_crowds(true, shown))
        alone.update(true.to_ids(), counted.to_ids())
        assert row["score"] == alone.result()["per_image_score"][0, 0]
        assert row["foreground_iou"] == alone.result()["foreground_iou"]
        assert row["found"] == len(found.above(0.4))
        assert row["objects"] == (~true.crowd).sum()


def test_ap_counts_as_many_as_the_fullest_image_has():
    """150 objects, all found: under COCO's 100 the AP would be about 2/3."""
    boxes = [(y, x, y + 3, x + 3) for y in range(0, 40, 4) for x in range(0, 60, 4)]
    size, scores = (40, 60), np.linspace(0.9, 0.6, len(boxes))
    ones = [1] * len(boxes)
    full = ObjectScores(1)
    full.update(truth(boxes, ones, size), detections(boxes, ones, scores, size))
    result = full.result()
    assert result["max_detections"] == 150 and result["mask_ap"] == pytest.approx(1)
    few = ObjectScores(1)
    few.update(truth(boxes[:2], [1, 1], size), detections([], [], [], size))
    assert few.result()["max_detections"] == 100


def test_nothing_at_all():
    result = ObjectScores(2).result()
    assert np.isnan(result["score"]) and np.isnan(result["objects_50"])


def test_ids_of_images_and_categories_reach_the_results():
    scores = ObjectScores(2, category_ids=(7, 9))
    pair = (
        truth([(0, 0, 4, 4)], [2], (9, 9)),
        detections([(0, 0, 4, 4)], [2], [0.5], (9, 9)),
    )
    scores.update(*pair, 42)
    entry = scores.coco.results("segm")[0]
    assert (entry["image_id"], entry["category_id"]) == (42, 9)


def test_classes_keep_their_order_whatever_their_ids():
    scores = ObjectScores(3, category_ids=(9, 2, 5))
    boxes = [(0, 0, 4, 4), (5, 0, 9, 4), (0, 5, 4, 9)]
    found = detections(boxes[:2], [1, 3], [0.9, 0.9], (9, 9))
    scores.update(truth(boxes[:2], [1, 2], (9, 9)), found)
    of_class = scores.result()["mask_ap_per_class"]
    assert of_class == pytest.approx([1, 0, np.nan], nan_ok=True)
