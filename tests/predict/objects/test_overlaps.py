import numpy as np
import pytest

from kseg.predict.objects import overlaps
from kseg.predict.objects.overlaps import meeting, shared_pixels
from tests.objects import random_pair
from tests.reference.objects import dense


def naive(boxes):
    return [
        [i, k]
        for i in range(len(boxes))
        for k in range(i + 1, len(boxes))
        if (np.maximum(boxes[i][:2], boxes[k][:2])
            < np.minimum(boxes[i][2:], boxes[k][2:])).all()
    ]  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 2, 40])
@pytest.mark.parametrize("at_a_time", [1, 7, 2**20])
def test_pairs_that_meet(count, at_a_time, monkeypatch):
    monkeypatch.setattr(overlaps, "_AT_A_TIME", at_a_time)
    rng = np.random.default_rng(count)
    low = rng.integers(0, 30, (count, 2))
    boxes = np.concatenate([low, low + rng.integers(0, 12, (count, 2))], axis=1)
    found = meeting(boxes)
    assert found.tolist() == naive(boxes) and found.shape[1:] == (2,)


def test_boxes_that_touch_do_not_meet():
    boxes = [(0, 0, 4, 4), (4, 0, 8, 4), (3, 4, 5, 8), (3, 3, 5, 5), (1, 1, 1, 9)]
    assert meeting(np.array(boxes)).tolist() == [[0, 3], [1, 3], [2, 3]]


def test_many_boxes_cost_what_lies_beside_them():
    side = 300  # 90,000 boxes: all pairs would be four thousand million
    y, x = np.mgrid[:side, :side].reshape(2, -1) * 10
    boxes = np.stack([y, x, y + 11, x + 11], axis=1)
    # To the right, below, and below to either side.
    assert len(meeting(boxes)) == 2 * side * (side - 1) + 2 * (side - 1) ** 2


def test_shared_pixels_of_dense_masks():
    for seed in range(10):
        _, found = random_pair(np.random.default_rng(seed))
        masks = dense(found)
        for i, a in enumerate(masks):
            for k, b in enumerate(masks):
                assert shared_pixels(found, i, found, k) == (a & b).sum()
