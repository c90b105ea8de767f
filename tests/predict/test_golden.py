import numpy as np
import pytest

from kseg.errors import BundleError
from kseg.predict.golden import check_labels, check_objects

GOLDEN = {
    "boxes": np.float32([[2, 4, 6, 8], [0, 0, 4, 4], [1, 1, 3, 3], [9, 9, 9, 9]]),
    "classes": np.int32([2, 1, 1, 0]),
    "count": np.int32(3),
}


def changed(**arrays):
    return GOLDEN | {name: np.array(value) for name, value in arrays.items()}


def test_the_same_and_nearly_the_same():
    assert check_objects(GOLDEN, GOLDEN) == 0
    boxes = GOLDEN["boxes"] + np.float32([0, 0.25, 0, 0])
    assert check_objects(changed(boxes=boxes), GOLDEN) == pytest.approx(0.25)


def test_what_follows_the_last_object_does_not_count():
    boxes = np.concatenate([GOLDEN["boxes"][:3], np.full((4, 4), 50)])
    found = changed(boxes=boxes, classes=[2, 1, 1, 5, 5, 5, 5])
    assert check_objects(found, GOLDEN) == 0


def test_objects_may_change_places_within_their_class():
    places = [1, 2, 0, 3]
    found = changed(boxes=GOLDEN["boxes"][places], classes=GOLDEN["classes"][places])
    assert check_objects(found, GOLDEN) == 0
    # The same boxes, but of other classes.
    with pytest.raises(BundleError, match=r"within 0\.5 pixels"):
        check_objects(changed(boxes=GOLDEN["boxes"][places]), GOLDEN)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (changed(count=2), "3 objects"),
        (changed(classes=[1, 1, 1, 0]), "classes"),
        (changed(boxes=GOLDEN["boxes"] + 0.6), "0.60 pixels"),
        (changed(boxes=GOLDEN["boxes"] * np.nan), "nan pixels"),
    ],
)
def test_differences_are_said(other, message):
    with pytest.raises(BundleError, match=message):
        check_objects(other, GOLDEN)


def test_nothing_found_is_right_where_nothing_was():
    nothing = changed(count=0)
    assert check_objects(nothing, nothing) == 0
    with pytest.raises(BundleError, match="objects"):
        check_objects(nothing, GOLDEN)


def test_label_maps_agree_from_99_percent_of_the_pixels_on():
    golden = np.ones((100, 100), np.uint8)
    labels = golden.copy()
    labels[0] = 0
    assert check_labels(labels, golden) == 0.99
    labels[1, 0] = 0
    with pytest.raises(BundleError, match=r"at least 99 % .* Received: 98\.99 %"):
        check_labels(labels, golden)
    logits = np.stack([1 - golden, golden], axis=-1).astype(np.float32)
    assert check_labels(logits, golden) == 1


def test_shapes_are_compared_first():
    golden = np.ones((4, 6), np.uint8)
    for other in (golden.T, golden[:, :1], golden[:1], np.ones((1, 1), np.uint8)):
        with pytest.raises(BundleError, match=r"the golden one's \(4, 6\)"):
            check_labels(other, golden)
