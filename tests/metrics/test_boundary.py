"""Boundary F1: by hand, against lists of pixels, and what is counted where."""

import doctest

import numpy as np
import pytest

import kseg.metrics.boundary
from kseg.metrics import BoundaryF1, boundary_f1
from tests.reference import boundary as reference


def blocks(rng, shape, classes):
    """A label map of blocks of 3x4 pixels."""
    coarse = rng.integers(0, classes, (-(-shape[0] // 3), -(-shape[1] // 4)))
    return np.kron(coarse, np.ones((3, 4), int))[: shape[0], : shape[1]]


def square(top, size=4):
    labels = np.zeros((12, 16), np.uint8)
    labels[top : top + size, 4 : 4 + size] = 1
    return labels


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 5), (13, 22)])
@pytest.mark.parametrize("classes", ["truth", "either"])
@pytest.mark.parametrize("ignore_label", [255, 1, None])
def test_against_lists_of_pixels(shape, classes, ignore_label):
    rng = np.random.default_rng(shape[1])
    labels = blocks(rng, shape, 3).astype(np.uint8)
    predicted = np.roll(labels, 1, axis=1).astype(np.int64)
    predicted[: shape[0] // 2] = blocks(rng, shape, 5)[: shape[0] // 2]
    if ignore_label == 255:
        labels[rng.random(shape) < 0.1] = 255
    for tolerance in (0, 0.05, 0.2):
        options = {
            "tolerance": tolerance,
            "classes": classes,
            "ignore_label": ignore_label,
        }
        np.testing.assert_allclose(
            boundary_f1(labels, predicted, 6, **options),
            reference.boundary_f1(labels, predicted, 6, **options),
            rtol=1e-12,
        )


def test_by_hand():
    """A 4x4 square and the same one row lower; the diagonal is 20 pixels.

    The square's boundary is 12 pixels; 6 of them, left and right in the three rows that
    both squares have, are the other's too. Within 1 pixel, 0.05 of the diagonal, all.
    """
    one, two = square(3), square(4)
    assert boundary_f1(one, one, 2, tolerance=0).tolist() == [1.0, 1.0]
    assert boundary_f1(one, two, 2, tolerance=0)[1] == 0.5
    assert boundary_f1(one, two, 2, tolerance=0.05).tolist() == [1.0, 1.0]


def test_precision_and_recall_differ():
    """Of the prediction's two squares one is right: precision 1/2, recall 1."""
    labels, predicted = square(0), square(0)
    predicted[8:12, 10:14] = 1  # at the edge too: 10 boundary pixels each
    score = boundary_f1(labels, predicted, 2)[1]
    assert score == pytest.approx(2 * 0.5 * 1 / (0.5 + 1))


def test_distance_equal_to_the_tolerance_counts():
    labels, predicted = np.zeros((2, 30, 40), int)  # the diagonal is 50
    labels[:, 20:], predicted[:, 26:] = 1, 1
    assert boundary_f1(labels, predicted, 2, tolerance=6 / 50)[1] == 1
    assert boundary_f1(labels, predicted, 2, tolerance=5.99 / 50)[1] == 0


class TestWhatCounts:
    def test_a_class_that_is_only_predicted(self):
        labels, predicted = square(3), square(3)
        predicted[9:11, 10:12] = 2
        truth = boundary_f1(labels, predicted, 4, tolerance=0)
        either = boundary_f1(labels, predicted, 4, tolerance=0, classes="either")
        assert truth[1] == 1 and np.isnan(truth[2:]).all()
        assert either[2] == 0 and np.isnan(either[3])
        np.testing.assert_array_equal(either[:2], truth[:2])

    def test_a_class_that_is_only_in_the_truth(self):
        assert boundary_f1(square(3), 0 * square(3), 2).tolist() == [0.0, 0.0]

    def test_a_class_that_fills_the_image_has_no_boundary(self):
        whole = np.zeros((4, 5), int)
        assert np.isnan(boundary_f1(whole, whole, 2)).all()
        with_hole = whole.copy()
        with_hole[1, 1] = 1
        assert np.isnan(boundary_f1(whole, with_hole, 2)).all()
        assert boundary_f1(whole, with_hole, 2, classes="either").tolist() == [0, 0]

    def test_what_is_predicted_on_ignored_pixels_does_not_matter(self):
        labels = square(3)
        labels[2:4] = 255
        predicted = np.where(labels == 255, 7, labels)
        for free in (0, 1, 200):
            predicted[2:4, 5] = free
            assert boundary_f1(labels, predicted, 2, tolerance=0).tolist() == [1, 1]

    def test_all_ignored_and_empty(self):
        nothing = np.full((3, 4), 255)
        assert np.isnan(boundary_f1(nothing, nothing * 0, 2, classes="either")).all()
        empty = np.zeros((0, 5), int)
        assert np.isnan(boundary_f1(empty, empty, 2)).all()


class TestManyImages:
    def test_means_of_classes_then_of_images(self):
        """1.0 of two classes, then 0.0 and 0.5 of two: 0.625; one image is left out."""
        whole, one, two = np.zeros((12, 16), int), square(3), square(4)
        scores = BoundaryF1(3, tolerance=0)
        for pair in ((one, one), (whole, whole), (one, two)):
            scores.update(*pair)
        result = scores.result()
        background = boundary_f1(one, two, 3, tolerance=0)[0]
        second = (background + 0.5) / 2
        of_image = result["per_image_boundary_f1"]
        np.testing.assert_allclose(of_image, [1.0, np.nan, second])
        assert result["boundary_f1"] == pytest.approx((1 + second) / 2)
        of_class = result["class_boundary_f1"]
        np.testing.assert_allclose(of_class, [(1 + background) / 2, 0.75, np.nan])

    def test_options_reach_each_image_and_sizes_may_differ(self):
        scores = BoundaryF1(2, tolerance=0.05, classes="either", ignore_label=9)
        scores.update(square(3), square(4))
        scores.update(np.array([[9, 0, 0]]), np.array([[1, 0, 1]]))
        assert scores.result()["per_image_boundary_f1"][0] == 1
        assert scores.result()["class_boundary_f1"][1] == 0.5

    def test_no_image(self):
        result = BoundaryF1(3).result()
        assert np.isnan(result["boundary_f1"])
        assert np.isnan(result["class_boundary_f1"]).tolist() == [True] * 3
        assert result["per_image_boundary_f1"].shape == (0,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerance": -0.1}, "tolerance of 0 or more"),
        ({"tolerance": float("nan")}, "tolerance of 0 or more"),
        ({"classes": "all"}, "Received: classes='all'"),
    ],
)
def test_options_out_of_range(options, message):
    for call in (
        lambda: BoundaryF1(2, **options),
        lambda: boundary_f1(square(3), square(3), 2, **options),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize(
    ("labels", "predicted", "message"),
    [
        (np.zeros((2, 3), int), np.zeros((3, 2), int), "one shape"),
        (np.zeros((2, 3), int), np.full((2, 3), 2), "predicted must be 0..1"),
        (np.zeros((2, 3)), np.zeros((2, 3), int), "integer class ids"),
        (np.zeros((1, 2, 3), int), np.zeros((1, 2, 3), int), r"label maps \(H, W\)"),
    ],
)
def test_what_are_no_label_maps(labels, predicted, message):
    with pytest.raises(ValueError, match=message):
        boundary_f1(labels, predicted, 2)


def test_examples_in_docstrings():
    result = doctest.testmod(kseg.metrics.boundary)
    assert result.attempted > 0 and result.failed == 0
