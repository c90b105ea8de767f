import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from kseg.data.reading.annotation import (
    Flaw,
    Object,
    Source,
    fill_polygons,
    mask_objects,
    polygon_objects,
)

SIZE = (20, 30)
SOURCE = Source("a.json", "annotation 1", SIZE)
SQUARE = np.array([[2, 3], [8, 3], [8, 9], [2, 9]], float)


def whole(mask, origin, size=SIZE):
    out = np.zeros(size, np.uint8)
    out[
        origin[0] : origin[0] + mask.shape[0], origin[1] : origin[1] + mask.shape[1]
    ] = mask
    return out


def test_a_square_is_its_pixels():
    (found,) = polygon_objects(SOURCE, 4, [SQUARE])
    assert found.frame == (3, 2, 9, 8) and found.mask.all() and found.label == 4


COORDINATES = st.floats(-15, 45) | st.integers(-1500, 4500).map(lambda x: x / 100)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(COORDINATES, min_size=6, max_size=12), min_size=1, max_size=3))
def test_polygons_are_filled_as_pycocotools_does(rings):
    rings = [np.array(ring[: len(ring) // 2 * 2]).reshape(-1, 2) for ring in rings]
    codes = coco_mask.frPyObjects([ring.ravel().tolist() for ring in rings], *SIZE)
    expected = coco_mask.decode(coco_mask.merge(codes))
    np.testing.assert_array_equal(whole(*fill_polygons(rings, SIZE)), expected)


def test_what_lies_outside_is_cut_off_and_said():
    flaw, found = polygon_objects(SOURCE, 1, [SQUARE - (6, 0)])
    assert isinstance(flaw, Flaw) and "x from -4 to 2" in flaw.what
    assert found.frame == (3, 0, 9, 2)
    found = list(polygon_objects(SOURCE, 1, [SQUARE - (3, 0)]))
    assert len(found) == 1  # within a pixel nothing is said


def test_far_points_are_refused_before_they_are_drawn():
    (bad,) = polygon_objects(SOURCE, 1, [SQUARE * 1e9])
    assert not isinstance(bad, Flaw) and "30x20 (width x height)" in bad.what


def test_without_a_pixel():
    for thing in (
        polygon_objects(SOURCE, 1, [np.array([[2, 2], [2.1, 2], [2, 2.1]])]),
        mask_objects(SOURCE, Object(1, np.zeros((3, 3), np.uint8), (0, 0))),
    ):
        (flaw,) = thing
        assert isinstance(flaw, Flaw) and "covers a pixel. Received: none" in flaw.what


def boxed(*box):
    return list(polygon_objects(SOURCE, 1, [SQUARE], box=np.array(box, float)))


def test_boxes():
    (found,) = boxed(3.5, 2.25, 9, 7.75)
    assert found.box.tolist() == [3.5, 2.25, 9, 7.75] and found.box.dtype == np.float32
    flaw, found = boxed(3, -2, 9, 8)
    assert "a box in the image" in flaw.what and found.box.tolist() == [3, 0, 9, 8]
    for wrong in ((10, 15, 18, 28), (40, 50, 60, 70), (3, 2, 3, 2)):
        flaw, found = boxed(*wrong)
        assert "around its mask" in flaw.what and found.box is None


def test_a_speck_may_have_a_box_of_other_pixels():
    speck = np.array([[2.4, 2.4], [3.6, 2.4], [3.6, 3.6], [2.4, 3.6]])
    box = np.array([2.4, 2.4, 3.6, 3.6])
    (found,) = polygon_objects(SOURCE, 1, [speck], box=box)
    assert found.mask.all()
