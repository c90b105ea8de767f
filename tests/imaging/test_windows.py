"""What windows of an image show of masks in frames."""

import numpy as np

from kseg.imaging.windows import part, shared_window
from tests.objects import detections, random_pair
from tests.reference.objects import dense


def test_by_hand():
    found = detections([(2, 3, 6, 9)], [1], [1], (10, 12))
    assert part(found, 0, (0, 0, 4, 5)).shape == (2, 2)
    assert part(found, 0, (7, 0, 9, 5)).size == 0
    assert shared_window((0, 0, 4, 5), (2, 6, 5, 8)).tolist() == [2, 6, 4, 6]


def test_of_true_and_of_found_masks_what_the_whole_mask_shows():
    rng = np.random.default_rng(0)
    for objects in random_pair(rng):
        masks = dense(objects)
        assert len(masks)
        for i, mask in enumerate(masks):
            y1, x1 = rng.integers(0, 30, 2)
            y2, x2 = (y1, x1) + rng.integers(0, 20, 2)
            shown = part(objects, i, (y1, x1, y2, x2))
            assert shown.base is not None  # a view
            assert shown.sum() == mask[y1:y2, x1:x2].sum()
