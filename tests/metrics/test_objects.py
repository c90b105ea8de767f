"""What the scores of objects load, and what they refuse."""

import subprocess
import sys

import numpy as np
import pytest

from kseg.metrics.objects import check_pair, mask_overlaps
from tests.objects import detections, random_pair, truth

ALONE = """
import sys
import kseg.metrics, kseg.show.save_objects, kseg.show.coco_json
import kseg.predict.video
print([name for name in ("keras", "tensorflow", "pycocotools") if name in sys.modules])
"""


def test_nothing_is_loaded_before_it_is_used():
    done = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_padding_is_no_object():
    true = truth([(0, 0, 2, 2)], [1], (4, 4))
    padded = detections([(0, 0, 2, 2)] * 2, [1, 0], [0.5, 0], (4, 4))
    with pytest.raises(ValueError, match="0 is background, and padding"):
        check_pair(true, padded, 3)
    check_pair(true, padded.select(np.flatnonzero(padded.classes)), 3)


def test_overlaps_are_those_of_pycocotools():
    from pycocotools import mask as coco_mask

    rng = np.random.default_rng(0)
    for _ in range(30):
        true, found = random_pair(rng, objects=9)
        if not len(true) or not len(found):
            assert mask_overlaps(true, found).shape == (len(found), len(true))
            continue
        found.masks[0][:] = 0  # a mask without a pixel
        expected = coco_mask.iou(
            [dict(code, counts=code["counts"].encode()) for code in found.to_rle()],
            true.to_rle(),
            true.crowd.astype(int).tolist(),
        )
        np.testing.assert_array_equal(mask_overlaps(true, found), expected)
