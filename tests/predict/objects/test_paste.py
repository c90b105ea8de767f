"""Pasting: against loops over pixels, cv2, and by hand."""

import time

import cv2
import numpy as np
import pytest

from kseg.predict.objects.paste import paste_masks
from tests.reference import paste as reference

RULES = ("sample", "resize")


def random_boxes(rng, count, size):
    """Fractional boxes, some reaching beyond the image, some thinner than a pixel."""
    height, width = size
    low = rng.uniform(-5, (height, width), (count, 2))
    sides = rng.choice([0.3, 1.0, 7.7, 30.0], (count, 2)) * rng.uniform(
        0.5, 1.5, (count, 2)
    )
    return np.concatenate([low, low + sides], axis=1)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("m", "size"), [(7, (23, 31)), (28, (40, 17))])
def test_against_loops(rule, m, size):
    rng = np.random.default_rng(m)
    boxes = random_boxes(rng, 30, size)
    # Smooth masks, as networks give them, whose thresholds are not on a pixel.
    masks = cv2.GaussianBlur(rng.random((m, m, 30)), (0, 0), 1).transpose(2, 0, 1)
    masks = ((masks - 0.5) * 3 + 0.5).clip(0, 1).astype(np.float32)
    frames, pasted = paste_masks(masks, boxes, size, rule=rule)
    assert sum(mask.sum() for mask in pasted) > 300
    for mask, box, frame, found in zip(masks, boxes, frames, pasted, strict=True):
        values = getattr(reference, rule)(mask, box, size)
        inside = np.zeros(size, bool)
        inside[frame[0] : frame[2], frame[1] : frame[3]] = True
        np.testing.assert_array_equal(inside, ~np.isnan(values))
        asked = values[inside].reshape(found.shape)
        clear = abs(asked - 0.5) > 1e-5
        assert asked.size < 100 or clear.mean() > 0.99
        np.testing.assert_array_equal(found[clear], asked[clear] > 0.5)


def test_resize_is_cv2s():
    """The rule as Detectron wrote it: pad, cv2.resize, paste."""
    rng = np.random.default_rng(3)
    mask = cv2.GaussianBlur(rng.random((14, 14)), (0, 0), 1).astype(np.float32)
    frames, (found,) = paste_masks(
        mask[None], [[20, 30, 62, 93]], (100, 120), rule="resize"
    )
    # Enlarged by 16/14 about its middle: 17 to 65, 25.5 to 97.5, cut to 25 to 97.
    assert frames.tolist() == [[17, 25, 66, 98]]
    expected = cv2.resize(np.pad(mask, 1), (73, 49))
    clear = abs(expected - 0.5) > 1e-4
    np.testing.assert_array_equal(found[clear], expected[clear] > 0.5)
    assert clear.mean() > 0.99


def test_by_hand():
    """A cell of 1 and one of 0 over four pixels: 0.75, 1 - 1/4, 1/4, 0."""
    mask = np.array([[[1.0, 0.0]]])
    for threshold, expected in ((0.5, [1, 1, 0, 0]), (0.2, [1, 1, 1, 0])):
        frames, pasted = paste_masks(mask, [[1, 2, 2, 6]], (3, 8), threshold=threshold)
        assert frames.tolist() == [[1, 2, 2, 6]]
        assert pasted[0].tolist() == [expected]
    # At least the threshold by the first rule, more than it by the second.
    half = np.full((1, 1, 1), 0.5)
    assert paste_masks(half, [[0, 0, 1, 1]], (1, 1))[1][0].tolist() == [[1]]
    assert not paste_masks(half, [[0, 0, 1, 1]], (1, 1), rule="resize")[1][0].any()


@pytest.mark.parametrize("threshold", [0.1, 0.2, 0.4, 0.5])
def test_a_value_of_exactly_the_threshold_is_set(threshold):
    at = np.float32(threshold)
    mask = np.array([[[np.nextafter(at, 0), at, np.nextafter(at, 1)]]], np.float32)
    # As many pixels as cells: each value is asked as it is.
    box = [[2, 3, 3, 6]]
    _, (pasted,) = paste_masks(mask, box, (5, 8), threshold=threshold)
    assert pasted.tolist() == [[0, 1, 1]]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "box",
    [(3, 3, 3, 8), (5, 5, 2, 8), (-9, -9, -2, -2), (90, 4, 99, 9), (1e30, 0, 2e30, 5)],
)
def test_a_box_without_pixels(rule, box):
    frames, pasted = paste_masks(np.ones((1, 4, 4)), [box], (10, 12), rule=rule)
    if rule == "sample" or box[0] > 12 or box[2] < 0:
        assert pasted[0].sum() == 0
    y1, x1, y2, x2 = frames[0]
    assert 0 <= y1 <= y2 <= 10 and 0 <= x1 <= x2 <= 12
    assert pasted[0].shape == (y2 - y1, x2 - x1)


@pytest.mark.parametrize("rule", RULES)
def test_one_pixel_and_nothing(rule):
    frames, pasted = paste_masks(
        np.ones((1, 28, 28)), [(0, 0, 1, 1)], (1, 1), rule=rule
    )
    assert frames.tolist() == [[0, 0, 1, 1]] and pasted[0].tolist() == [[1]]
    frames, pasted = paste_masks(
        np.zeros((0, 28, 28)), np.zeros((0, 4)), (5, 5), rule=rule
    )
    assert frames.shape == (0, 4) and pasted == ()


def test_bands_do_not_show():
    """An instance of many more pixels than are rendered at a time."""
    mask = np.zeros((1, 2, 2))
    mask[0, 1] = 1
    frames, (found,) = paste_masks(mask, [(0, 0, 1200, 900)], (1200, 900))
    assert found.shape == (1200, 900)
    rows = found.any(axis=1)
    assert not rows[:600].any() and rows[600:].all()


def test_time_follows_the_boxes_and_not_the_image():
    """100 instances of 400 x 300 pixels in 4000 x 3000; whole masks would be 1.2 GB."""
    rng = np.random.default_rng(0)
    low = rng.uniform(0, (2600, 3700), (100, 2))
    boxes = np.concatenate([low, low + (400, 300)], axis=1)
    masks = rng.random((100, 28, 28), np.float32)
    start = time.process_time()
    _, pasted = paste_masks(masks, boxes, (3000, 4000))
    assert time.process_time() - start < 5.0
    assert len(pasted) == 100 and pasted[0].shape in [(400, 300), (401, 301)]


@pytest.mark.parametrize(
    ("masks", "boxes", "rule", "message"),
    [
        ((1, 4, 4), [[0, 0, 1, 1]], "nearest", 'rule "sample" or "resize"'),
        ((2, 4, 4), [[0, 0, 1, 1]], "sample", "Take one image of a batch"),
        ((4, 4), [[0, 0, 1, 1]], "sample", r"masks \(N, m, m\)"),
        ((1, 4, 4), [[0, 0, np.nan, 1]], "resize", "finite boxes"),
    ],
)
def test_what_does_not_fit_is_refused(masks, boxes, rule, message):
    with pytest.raises(ValueError, match=message):
        paste_masks(np.ones(masks), boxes, (9, 9), rule=rule)
