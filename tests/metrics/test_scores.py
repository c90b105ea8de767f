"""Confusion matrix and its scores: against sets of pixels, and by hand."""

import doctest
import subprocess
import sys

import numpy as np
import pytest

import kseg.metrics.scores
from kseg.metrics import confusion_matrix, semantic_scores
from tests.reference import metrics as reference


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 4), (2, 3, 5), (0, 5)])
@pytest.mark.parametrize("ignore_label", [255, 1, None])
def test_against_the_loops(shape, ignore_label):
    rng = np.random.default_rng(len(shape))
    labels = rng.integers(0, 3, shape).astype("uint8")  # class 3 is absent
    if ignore_label == 255:
        labels[..., :1] = 255
    predicted = rng.integers(0, 4, shape).astype("int64")
    matrix = confusion_matrix(labels, predicted, 5, ignore_label)
    expected = reference.confusion_matrix(labels, predicted, 5, ignore_label)
    assert matrix.dtype == "int64" and matrix.tolist() == expected.tolist()
    scores = semantic_scores(matrix)
    by_sets = reference.semantic_scores(labels, predicted, 5, ignore_label)
    assert scores.keys() == by_sets.keys()
    for name, value in by_sets.items():
        np.testing.assert_allclose(scores[name], value, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint16", "uint64"])
def test_any_integers(dtype):
    labels = np.array([[199, 0, 255]], dtype)
    matrix = confusion_matrix(labels, np.array([[199, 199, 3]], dtype), 200)
    assert matrix[199, 199] == 1 and matrix[0, 199] == 1 and matrix.sum() == 2


class TestAbsentClasses:
    def test_in_neither_counts_nowhere(self):
        scores = semantic_scores(np.diag([2, 3, 0]))
        assert scores["mean_iou"] == scores["mean_dice"] == 1.0
        assert scores["mean_accuracy"] == scores["frequency_weighted_iou"] == 1.0
        assert np.isnan([scores[name][2] for name in ("iou", "dice", "accuracy")]).all()

    def test_only_predicted_is_0_for_overlap_and_undefined_for_accuracy(self):
        scores = semantic_scores([[3, 1], [0, 0]])
        assert scores["iou"].tolist() == [0.75, 0.0]
        assert scores["mean_iou"] == 0.375
        assert scores["mean_accuracy"] == scores["pixel_accuracy"] == 0.75
        assert np.isnan(scores["accuracy"][1])
        assert scores["frequency_weighted_iou"] == 0.75

    def test_only_in_the_truth_is_0(self):
        scores = semantic_scores([[4, 0], [4, 0]])
        assert scores["iou"].tolist() == [0.5, 0.0]
        assert scores["accuracy"].tolist() == [1.0, 0.0]

    def test_nothing_counted_is_nan(self):
        matrix = confusion_matrix([[255, 255]], [[0, 7]], 2)
        scores = semantic_scores(matrix)
        assert all(np.isnan(value).all() for value in scores.values())


@pytest.mark.parametrize(
    ("labels", "predicted", "message"),
    [
        ([[0, 1]], [[0]], "one shape"),
        ([[0, 2]], [[0, 1]], "labels must be 0..1"),
        ([[0, -1]], [[0, 1]], "labels must be 0..1"),
        ([[0, 1]], [[0, 2]], "predicted must be 0..1"),
        ([[0, 1]], [[0, 255]], "predicted must be 0..1"),
        ([[0.0, 1.0]], [[0, 1]], "integer class ids"),
    ],
)
def test_ids_that_do_not_fit_are_refused(labels, predicted, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(labels, predicted, 2)


@pytest.mark.parametrize(
    "matrix", [[1, 2], [[1, 2, 3], [4, 5, 6]], [[-1, 0], [0, 1]], [[float("nan")]]]
)
def test_what_is_no_matrix_is_refused(matrix):
    with pytest.raises(ValueError, match="square confusion matrix"):
        semantic_scores(matrix)


def test_numpy_scores_load_neither_keras_nor_tensorflow():
    script = (
        "import sys, kseg.metrics as m; m.id_map_scores([([[1]], [[1]])]);"
        "m.semantic_scores(m.confusion_matrix([[0]], [[0]], 2));"
        "sys.exit(', '.join({'keras', 'tensorflow'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_examples_in_docstrings():
    result = doctest.testmod(kseg.metrics.scores)
    assert result.attempted > 0 and result.failed == 0
