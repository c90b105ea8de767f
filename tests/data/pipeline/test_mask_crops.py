import numpy as np
import pytest

from kseg.data.objects import Objects
from kseg.data.pipeline.mask_crops import cover, mask_crops
from tests.reference.cover import cover as reference


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (8, 8)])
@pytest.mark.parametrize(
    "box", [(2, 3, 7, 9), (2.3, 3.1, 6.6, 8.25), (0, 0, 12, 12), (4, 4, 4.5, 4.2)]
)
def test_equals_the_oracle(shape, box):
    mask = np.random.default_rng(0).integers(0, 2, (5, 6), np.uint8)
    frame, box = np.array([2, 3, 7, 9]), np.array(box, np.float64)
    np.testing.assert_allclose(
        cover(mask, frame, box, shape), reference(mask, frame, box, shape), atol=1e-6
    )


def test_by_hand():
    """Three columns in two cells: the middle one is halved."""
    mask = np.array([[1, 1, 0]], np.uint8)
    found = cover(mask, np.array([0, 0, 1, 3]), np.array([0, 0, 1, 3]), (1, 2))
    np.testing.assert_allclose(found, [[1, 1 / 3]], atol=1e-7)


def test_the_mean_is_the_share_of_the_box():
    ids = (np.random.default_rng(1).random((33, 41)) < 0.4).astype(np.int32)
    instances = Objects.from_ids(ids)
    crops = mask_crops(instances, 7)
    y1, x1, y2, x2 = instances.boxes[0]
    share = ids.sum() / ((y2 - y1) * (x2 - x1))
    assert crops.shape == (1, 7, 7) and crops.dtype == np.float32
    assert crops.mean() == pytest.approx(share, abs=1e-6)
    assert mask_crops(Objects.from_ids(ids * 0), 7).shape == (0, 7, 7)
