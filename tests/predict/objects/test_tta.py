import numpy as np
import pytest

from kseg.predict.objects.tta import fuse, merge_views, views
from tests.objects import detections, random_pair
from tests.predict.fake_objects import as_set, components
from tests.reference.objects import dense

SIZE = (20, 30)


@pytest.mark.parametrize("turns", [False, True])
def test_views_come_back(turns):
    rng = np.random.default_rng(0)
    image = np.zeros((*SIZE, 1), np.uint8)
    image[3:9, 4:20] = 90
    image[12:19, 2:5] = 160
    image[rng.random(SIZE) < 0.05] = 40
    shown = views(image, turns)
    assert len(shown) == (8 if turns else 2)
    assert len({view.tobytes() for view in shown}) == len(shown)
    found = fuse([components(view) for view in shown])
    assert as_set(found) == as_set(components(image))


def one(box, score, label=1):
    return detections([box], [label], [score], SIZE)


def test_by_hand():
    """Three of four views see it, one of them a column to the right."""
    found = merge_views(
        [
            one((2, 2, 8, 10), 0.8),
            one((2, 3, 8, 11), 0.4),
            detections([], [], [], SIZE),
            one((2, 2, 8, 10), 0.6),
        ]
    )
    assert found.scores.tolist() == pytest.approx([(0.8 + 0.4 + 0.6) / 4])
    # Columns: (2 * 0.8 + 3 * 0.4 + 2 * 0.6) / 1.8.
    np.testing.assert_allclose(found.boxes, [[2, 2 + 0.4 / 1.8, 8, 10 + 0.4 / 1.8]])
    mask = dense(found)[0]
    assert mask[2:8, 2:10].all() and mask.sum() == 48  # two of three


def test_half_of_the_views_are_enough_for_a_pixel():
    found = merge_views([one((2, 2, 8, 10), 0.8), one((2, 3, 8, 11), 0.8)])
    assert found.areas.tolist() == [54] and found.scores[0] == pytest.approx(0.8)


def test_what_differs_stays_apart():
    boxes = [(2, 2, 8, 10), (2, 11, 8, 19)]
    found = merge_views([one(boxes[0], 0.8), one(boxes[1], 0.6)])
    assert found.scores.tolist() == pytest.approx([0.4, 0.3])
    found = merge_views([one(boxes[0], 0.8, 1), one(boxes[0], 0.6, 2)])
    assert found.classes.tolist() == [1, 2]
    # One view's two are two, however they overlap.
    both = detections([boxes[0], (2, 3, 8, 11)], [1, 1], [0.9, 0.5], SIZE)
    assert len(merge_views([both, detections([], [], [], SIZE)])) == 2


def test_each_view_gives_its_nearest_only_once():
    near, far = (2, 2, 8, 10), (2, 4, 8, 12)
    first = detections([near, far], [1, 1], [0.9, 0.8], SIZE)
    second = detections([far, near], [1, 1], [0.7, 0.6], SIZE)
    found = merge_views([first, second])
    # Not 0.9 with 0.7, though both overlap by more than half.
    assert found.scores.tolist() == pytest.approx([0.75, 0.75])
    assert found.frames.tolist() == [list(near), list(far)]


def test_no_view_finds_anything():
    nothing = detections([], [], [], SIZE)
    assert len(merge_views([nothing, nothing])) == 0
    assert merge_views([nothing]).size == SIZE


def test_equal_views_change_nothing():
    for seed in range(8):
        _, found = random_pair(np.random.default_rng(seed), SIZE)
        kept = merge_views([found, found, found])
        assert len(kept) == len(found)
        assert sorted(kept.scores) == pytest.approx(sorted(found.scores))
