import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kseg.predict.labels import separate as instances
from kseg.predict.labels.separate import (
    component_objects,
    object_classes,
    separate,
    watershed_objects,
)
from tests.reference import instances as reference

WATERSHED = {"method": "watershed", "interior": 1, "border": 2, "min_area": 20}


def picture(text):
    """Label map from rows of digits; a dot is background."""
    rows = text.split()
    return np.array(
        [[int(c) if c != "." else 0 for c in row] for row in rows], np.uint8
    )


def border_labels(ids):
    """0 background, 1 interior, 2 the outermost pixel of each object."""
    ids = ids.astype(np.float32)
    square = np.ones((3, 3), np.uint8)
    rim = (cv2.dilate(ids, square) != ids) | (cv2.erode(ids, square) != ids)
    return np.where(ids == 0, 0, np.where(rim, 2, 1)).astype(np.uint8)


def nuclei(height, width, seed=0, radius=9):
    """Ids of discs on a jittered grid; many touch, none is cut by more than a rim."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    nearest = np.full((height, width), np.inf)
    ids = np.zeros((height, width), np.int32)
    step = 2 * radius - 1
    for cy in range(radius, height - radius, step):
        for cx in range(radius, width - radius, step):
            dy, dx = rng.uniform(-2, 2, 2)
            size = rng.uniform(0.75, 1.05) * radius
            far = np.hypot(y - cy - dy, x - cx - dx) / size
            mine = (far < 1) & (far < nearest)
            ids[mine] = ids.max() + 1
            nearest[mine] = far[mine]
    return ids


def agree(true, found):
    """Objects found with IoU over 0.5, missed and invented."""
    joint = np.zeros((true.max() + 1, found.max() + 1), int)
    np.add.at(joint, (true.ravel(), found.ravel()), 1)
    union = joint.sum(1, keepdims=True) + joint.sum(0, keepdims=True) - joint
    hits = (joint / union)[1:, 1:] > 0.5
    return hits.sum(), (~hits.any(1)).sum(), (~hits.any(0)).sum()


def test_touching_objects_part_between_their_interiors():
    labels = picture("""
        ..........
        .22222222.
        .21122112.
        .21122112.
        .22222222.
        ..........""")
    ids = separate(labels, {"method": "watershed", "min_area": 1})
    assert ids.dtype == np.int32
    expected = np.zeros((6, 10), int)
    expected[1:5, 1:5] = 1
    expected[1:5, 5:9] = 2
    np.testing.assert_array_equal(ids, expected)


def test_foreground_without_interior_is_one_object():
    labels = picture("""
        222.......
        222...1...
        222.......""")
    ids = separate(labels, {"method": "watershed", "min_area": 1})
    np.testing.assert_array_equal(np.unique(ids), [0, 1, 2])
    assert (ids[:, :3] == ids[0, 0]).all()


def test_a_small_piece_goes_to_the_object_that_it_touches():
    labels = picture("""
        ..........
        .11111211.
        .11111211.
        .11111211.
        ..........""")
    whole = watershed_objects(labels, min_area=1)
    assert whole.max() == 2
    merged = watershed_objects(labels, min_area=8)
    np.testing.assert_array_equal(merged, labels > 0)


def test_a_small_object_that_stands_alone_is_dropped():
    labels = np.zeros((20, 20), np.uint8)
    labels[2:10, 2:10] = 1
    labels[15, 15:18] = 1
    ids = watershed_objects(labels, min_area=4)
    assert ids.max() == 1
    assert ids[15, 15] == 0
    assert watershed_objects(labels, min_area=3).max() == 2


def test_a_hole_is_filled_but_not_the_ground_between_objects():
    ring = np.zeros((40, 40), np.uint8)
    ring[2:14, 2:14] = 1
    ring[6:10, 6:10] = 0
    assert (watershed_objects(ring)[2:14, 2:14] == 1).all()
    # Four bars round a court: parted by borders, they enclose ground of nobody's.
    court = np.zeros((40, 40), np.uint8)
    court[5:35, 5:35] = 1
    court[10:30, 10:30] = 0
    court[5:10, 20:22] = court[30:35, 20:22] = 2
    ids = watershed_objects(court)
    assert ids.max() == 2
    assert (ids[10:30, 10:30] == 0).all()
    # A notch that opens to the edge of the picture is no hole.
    notch = np.ones((20, 20), np.uint8)
    notch[8:12, :10] = 0
    assert (watershed_objects(notch)[8:12, :10] == 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (7, 12)])
def test_empty_and_full_maps(shape):
    empty = np.zeros(shape, np.uint8)
    for rule in (WATERSHED, {"method": "components", "classes": [1, 2]}):
        assert not separate(empty, rule).any()
    assert (watershed_objects(np.ones(shape, np.uint8), min_area=1) == 1).all()


@settings(max_examples=60, deadline=None)
@given(
    labels=hnp.arrays(
        np.uint8,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.integers(0, 3),
    ),
    classes=st.sampled_from([(1,), (2, 1), (3, 1, 2)]),
    min_area=st.integers(1, 6),
)
def test_components_equal_the_long_way(labels, classes, min_area):
    found = component_objects(labels, classes=classes, min_area=min_area)
    expected = reference.components(labels, classes, min_area)
    np.testing.assert_array_equal(found > 0, expected > 0)
    # The same pieces, whichever number each has.
    pairs = {(a, b) for a, b in zip(found.flat, expected.flat, strict=True) if a}
    numbers = list(range(1, expected.max() + 1))
    assert sorted(a for a, _ in pairs) == sorted(b for _, b in pairs) == numbers


@settings(max_examples=60, deadline=None)
@given(
    labels=hnp.arrays(
        np.uint8,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=14),
        elements=st.integers(0, 2),
    ),
    min_area=st.integers(1, 9),
)
def test_watershed_divides_the_foreground(labels, min_area):
    ids = watershed_objects(labels, min_area=min_area)
    count = ids.max()
    np.testing.assert_array_equal(np.unique(ids[ids > 0]), np.arange(1, count + 1))
    assert (np.bincount(ids.ravel(), minlength=count + 1)[1:] >= min_area).all()
    foreground = reference.pieces(labels > 0, reference.SQUARE)
    for piece in range(1, foreground.max() + 1):
        inside = foreground == piece
        # Divided without a gap, or dropped whole.
        assert (ids[inside] > 0).all() or not ids[inside].any()
        if min_area == 1:
            assert (ids[inside] > 0).all()
    for number in range(1, count + 1):
        # One piece, in one piece of foreground (and the holes in it).
        assert reference.pieces(ids == number, reference.SQUARE).max() == 1
        assert len(np.unique(foreground[(ids == number) & (foreground > 0)])) == 1


def test_perfect_labels_give_the_objects_back():
    true = nuclei(150, 200)
    found = separate(border_labels(true), WATERSHED)
    hits, missed, invented = agree(true, found)
    assert (hits, missed, invented) == (true.max(), 0, 0)
    assert np.mean((true > 0) == (found > 0)) == 1
    assert np.mean(true[true > 0] == 0) == 0
    golden = np.sort(np.bincount(found.ravel())[1:])
    assert (found.max(), golden[0], golden[-1]) == (88, 137, 278)


def test_blocks_agree_with_one_piece(monkeypatch):
    labels = border_labels(nuclei(150, 200, seed=1))
    whole = watershed_objects(labels)
    monkeypatch.setattr(instances, "BLOCK", 48)
    monkeypatch.setattr(instances, "HALO", 32)
    blocks = watershed_objects(labels)
    # Pixels as near to one marker as to the other may fall either way at a seam.
    assert blocks.max() == whole.max()
    assert np.mean(blocks != whole) < 1e-3
    np.testing.assert_array_equal(blocks > 0, whole > 0)


def test_bands_agree_with_one_piece(monkeypatch):
    labels = border_labels(nuclei(90, 70, seed=2))
    labels[20:24, 20:24] = 0
    rules = (WATERSHED, {"method": "components", "classes": [2, 1], "min_area": 5})
    whole = [separate(labels, rule) for rule in rules]

    def single_rows(array):
        return (slice(y, y + 1) for y in range(len(array)))

    monkeypatch.setattr(instances, "_bands", single_rows)
    for rule, expected in zip(rules, whole, strict=True):
        np.testing.assert_array_equal(separate(labels, rule), expected)


def test_object_classes():
    assert object_classes(WATERSHED) == (1,)
    assert object_classes({"method": "components", "classes": [3, 1]}) == (3, 1)
    assert object_classes({"method": "components"}) == (1,)


@pytest.mark.parametrize(
    ("labels", "rule", "message"),
    [
        (np.zeros((4, 4), np.uint8), {"method": "magic"}, "watershed or components"),
        (np.zeros((4, 4), np.uint8), {}, "method"),
        (np.zeros((4, 4), np.uint8), WATERSHED | {"radius": 1}, "radius"),
        (np.zeros((4, 4), np.int32), WATERSHED, "uint8"),
        (np.zeros((4, 4, 1), np.uint8), {"method": "components"}, r"\(4, 4, 1\)"),
        (np.zeros((0, 4), np.uint8), WATERSHED, "at least one pixel"),
    ],
)
def test_bad_arguments_say_what_to_do(labels, rule, message):
    with pytest.raises(ValueError, match=message):
        separate(labels, rule)


@pytest.mark.data
def test_real_nuclei_come_back_from_perfect_labels():
    if "KSEG_DATA" not in os.environ:
        pytest.skip("KSEG_DATA is not set")
    root = Path(os.environ["KSEG_DATA"]) / "dsb2018"
    total = np.zeros(3)
    for name in (root / "splits/fluorescence_val.txt").read_text().split():
        true = cv2.imread(str(root / f"masks/{name}.png"), cv2.IMREAD_UNCHANGED)
        total += agree(true, separate(border_labels(true), WATERSHED))
    assert total[0] / total.sum() > 0.98


def test_a_class_that_is_named_twice_counts_once():
    labels = np.zeros((20, 20), np.uint8)
    labels[2:8, 2:8], labels[12:18, 12:18] = 1, 2
    once = component_objects(labels, classes=[1, 2])
    np.testing.assert_array_equal(component_objects(labels, classes=[1, 2, 1]), once)
    assert once.max() == 2
