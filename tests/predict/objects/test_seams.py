import time
from itertools import product

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kseg.predict.objects.seams import merge_tiles
from kseg.predict.objects.tiles import cover
from tests.objects import detections
from tests.predict.fake_objects import as_set, components
from tests.reference import seams as naive
from tests.reference.objects import dense


def seen(image, tiles):
    """What a network that finds connected pieces finds in each tile."""
    return [
        components(image[y1:y2, x1:x2]).placed((y1, x1), image.shape[:2])
        for y1, x1, y2, x2 in tiles
    ]


def blobs(rng, size, count, largest):
    """Ellipses of many sizes, with classes and scores; those that touch become one."""
    image = np.zeros(size, np.uint8)
    for _ in range(count):
        centre = [int(rng.integers(0, n)) for n in size[::-1]]
        axes = [int(n) for n in rng.integers(1, largest, 2)]
        value = int(rng.choice([90, 95, 170]))
        cv2.ellipse(image, centre, axes, float(rng.integers(180)), 0, 360, value, -1)
    return image


@pytest.mark.parametrize(
    ("size", "tile", "margin"),
    [
        ((96, 96), (48, 48), 8),
        ((101, 67), (32, 32), 5),
        ((33, 150), (32, 40), 4),
        ((20, 30), (32, 32), 6),  # smaller than a tile
        ((64, 64), (24, 24), 1),
        ((75, 75), (24, 32), 11),  # more shared than not
    ],
)
@pytest.mark.parametrize("largest", [4, 9, 40])
def test_pieces_of_tiles_become_those_of_the_image(size, tile, margin, largest):
    """Some larger than what tiles share, and some that several tiles see."""
    tiles = cover(size, tile, margin)
    for seed in range(12):
        image = blobs(np.random.default_rng(seed), size, 14, largest)
        merged = merge_tiles(seen(image, tiles), tiles, margin)
        assert as_set(merged) == as_set(components(image))
        assert (np.diff(merged.scores) <= 0).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(17, 70), st.integers(17, 70))
def test_pieces_of_any_size(seed, height, width):
    rng = np.random.default_rng(seed)
    image = blobs(rng, (height, width), 10, 12)
    margin = int(rng.integers(1, 8))
    tiles = cover(image.shape, (17, 16), margin)
    merged = merge_tiles(seen(image, tiles), tiles, margin)
    assert as_set(merged) == as_set(components(image))


def test_one_object_over_all_tiles_and_none():
    for image in (np.full((90, 70), 90, np.uint8), np.zeros((90, 70), np.uint8)):
        tiles = cover(image.shape, (32, 32), 4)
        merged = merge_tiles(seen(image, tiles), tiles, 4)
        assert as_set(merged) == as_set(components(image))
        assert merged.size == (90, 70)


def noisy(rng, size, tiles):
    """Detections that differ from tile to tile, rivals and inventions among them."""
    boxes = [
        (y, x, y + h, x + w)
        for y, x, h, w in zip(
            *rng.integers(0, 40, (2, 9)), *rng.integers(3, 26, (2, 9)), strict=True
        )
    ]
    parts = []
    for y1, x1, y2, x2 in tiles:
        kept, labels = [], []
        for n, box in enumerate(boxes):
            for _ in range(int(rng.integers(0, 3))):
                a = np.array(box) + rng.integers(-2, 3, 4)
                a = np.maximum(np.minimum(a, (y2, x2, y2, x2)), (y1, x1, y1, x1))
                if (a[2:] > a[:2]).all():
                    kept.append(a)
                    labels.append(1 + n % 2)
        # No two equal: which comes first is then known.
        scores = 0.2 + 0.8 * rng.permutation(len(kept) + 100)[: len(kept)] / 200
        parts.append(detections(kept, labels, scores + rng.random() / 500, size))
    return parts


@pytest.mark.parametrize("seed", range(30))
def test_equals_the_naive_rules(seed):
    rng = np.random.default_rng(seed)
    tiles = cover((50, 58), (30, 26), 5)
    parts = noisy(rng, (50, 58), tiles)
    merged = merge_tiles(parts, tiles, 5)
    expected = naive.merge_tiles(parts, tiles, 5)
    assert len(expected) > 3
    assert merged.scores.tolist() == pytest.approx([e[0] for e in expected])
    assert merged.classes.tolist() == [e[1] for e in expected]
    for mask, (_, _, other) in zip(dense(merged), expected, strict=True):
        np.testing.assert_array_equal(mask, other)


TILES = [(0, 0, 20, 20), (0, 12, 20, 32)]  # they share columns 12 to 20, margin 4


def pair(left, right, scores, labels=(1, 1)):
    """One object in each of two tiles."""
    return merge_tiles(
        [
            detections([box], [k], [score], (20, 32))
            for box, score, k in zip((left, right), scores, labels, strict=True)
        ],
        TILES,
        4,
    )


@pytest.mark.parametrize(
    ("what", "left", "right", "scores", "expected"),
    [
        ("cut on both sides: one", (2, 5, 9, 20), (2, 12, 9, 30), (0.7, 0.9),
         [(0.9, 5, 30)]),
        ("whole on the right", (2, 14, 9, 20), (2, 14, 9, 25), (0.9, 0.8),
         [(0.8, 14, 25)]),
        ("whole, but a guess", (2, 14, 9, 20), (2, 14, 9, 25), (0.9, 0.3),
         [(0.9, 14, 20), (0.3, 14, 25)]),
        ("whole on both sides", (2, 13, 9, 17), (3, 14, 9, 18), (0.7, 0.9),
         [(0.9, 14, 18)]),
        ("a sliver at the edge", (2, 17, 9, 20), (12, 17, 19, 24), (0.9, 0.8),
         [(0.8, 17, 24)]),
        ("beside one another", (2, 5, 9, 20), (12, 12, 19, 30), (0.7, 0.9),
         [(0.9, 12, 30), (0.7, 5, 20)]),
    ],
)  # fmt: skip
def test_the_rules_one_by_one(what, left, right, scores, expected):
    merged = pair(left, right, scores)
    found = [
        (round(float(s), 3), int(f[1]), int(f[3]))
        for s, f in zip(merged.scores, merged.frames, strict=True)
    ]
    assert found == expected


def test_classes_stay_apart():
    assert len(pair((2, 5, 9, 20), (2, 12, 9, 30), (0.7, 0.9), (1, 2))) == 2


def test_a_guess_that_covers_two_does_not_join_them():
    """Two touching objects, cut; and a weak third guess that covers both."""
    boxes = [(2, 5, 8, 20), (8, 5, 14, 20), (2, 5, 14, 20)]
    left = detections(boxes, [1, 1, 1], [0.9, 0.8, 0.2], (20, 32))
    boxes = [(2, 12, 8, 30), (8, 12, 14, 30)]
    right = detections(boxes, [1, 1], [0.95, 0.85], (20, 32))
    merged = merge_tiles([left, right], TILES, 4)
    assert merged.scores.tolist() == pytest.approx([0.95, 0.85, 0.2])
    assert merged.frames[:2, [1, 3]].tolist() == [[5, 30]] * 2


def test_a_thousand_objects_take_no_time():
    image = np.zeros((2048, 2048), np.uint8)
    rng = np.random.default_rng(0)
    for y, x in product(range(32, 2048, 64), repeat=2):
        centre = (x + int(rng.integers(-6, 7)), y + int(rng.integers(-6, 7)))
        axes = [int(n) for n in rng.integers(6, 24, 2)]
        cv2.ellipse(image, centre, axes, 0, 0, 360, 90, -1)
    tiles = cover(image.shape, (512, 512), 32)
    parts = seen(image, tiles)
    start = time.perf_counter()
    merged = merge_tiles(parts, tiles, 32)
    assert time.perf_counter() - start < 5
    assert len(merged) == 1024
    assert as_set(merged) == as_set(components(image))
