"""The matrix that grows batch by batch: against a loop, past float32, and refusals."""

import keras
import numpy as np
import pytest

from kseg.metrics.confusion import _BASE, ConfusionMetric


class Total(ConfusionMetric):
    """The pixels that counted."""

    def score(self, matrix):
        return keras.ops.sum(matrix)


def counted(truth, predicted, classes, ignored):
    matrix = np.zeros((classes, classes), np.int64)
    for true, found in zip(truth.ravel(), predicted.ravel(), strict=True):
        if true != ignored:
            matrix[true, found] += 1
    return matrix


@pytest.mark.parametrize("ignored", [255, None, 1])
def test_batches_add_up_to_what_a_loop_counts(ignored):
    rng = np.random.default_rng(0)
    metric = Total(3, ignored)
    truth = rng.integers(0, 3, (4, 5, 7))
    predicted = rng.integers(0, 3, (4, 5, 7))
    if ignored == 255:
        truth[0, :2] = 255
    for i in range(0, 4, 2):
        metric.update_state(truth[i : i + 2], predicted[i : i + 2])
    expected = counted(truth, predicted, 3, ignored)
    assert np.array_equal(metric.matrix, expected)
    assert float(metric.result()) == expected.sum()


def test_logits_and_ids_and_a_last_axis_of_one_count_the_same():
    truth = np.array([[[0, 1, 2]]])
    logits = np.zeros((1, 1, 3, 3), np.float32)
    logits[0, 0, 0, 0] = logits[0, 0, 1, 2] = 1  # the third pixel: all are equal
    matrices = []
    for true, found in (
        (truth, logits),
        (truth[..., None], np.array([[[0, 2, 0]]])),
        (truth, np.array([[[0, 2, 0]]])[..., None]),
    ):
        metric = Total(3)
        metric.update_state(true, found)
        matrices.append(metric.matrix.tolist())
    assert matrices == [[[1, 0, 0], [0, 0, 1], [1, 0, 0]]] * 3


def test_more_pixels_than_float32_or_int32_can_count_are_exact():
    metric = Total(2)
    metric._low.assign([_BASE - 1, 0, 0, 0, 0])
    metric._high.assign([2**9, 0, 0, 0, 0])
    metric.update_state(np.zeros((1, 1, 3), int), np.zeros((1, 1, 3), int))
    assert metric.matrix[0, 0] == 2**33 + 2**24 + 2
    metric.reset_state()
    assert metric.matrix.sum() == 0


def test_a_label_outside_the_classes_is_no_number_and_refused_by_name():
    metric = Total(2)
    metric.update_state(np.array([[[0, 2]]]), np.array([[[0, 1]]]))
    assert np.isnan(float(metric.result()))
    with pytest.raises(ValueError, match="1 pixels outside"):
        _ = metric.matrix


@pytest.mark.parametrize(
    ("true", "found", "message"),
    [
        ((1, 2, 2), (1, 2, 3), "of the same size"),
        ((1, 2), (1, 2), "needs labels"),
        ((1, 2, 2), (1, 2, 2, 4), "needs labels"),
    ],
)
def test_shapes_that_do_not_fit(true, found, message):
    with pytest.raises(ValueError, match=message):
        Total(3).update_state(np.zeros(true, int), np.zeros(found, int))


def test_weights_and_one_class_are_refused():
    with pytest.raises(ValueError, match="at least 2"):
        Total(1)
    with pytest.raises(ValueError, match="have no weight"):
        Total(2).update_state(
            np.zeros((1, 1, 1)), np.zeros((1, 1, 1)), sample_weight=np.ones(1)
        )
