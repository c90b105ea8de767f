"""Lovász-softmax: against its definition in sets, the IoU, and by hand."""

import numpy as np
import pytest

from kseg.losses import Lovasz, lovasz
from kseg.metrics import confusion_matrix, semantic_scores
from tests.reference import losses as reference


@pytest.mark.parametrize("classes", ["present", "all", [1], [0, 3]])
@pytest.mark.parametrize("per_image", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_against_the_definition_in_sets(batch, classes, per_image, weighted):
    weights = batch.weights if weighted else None
    groups = [slice(0, 1), slice(1, 2)] if per_image else [slice(0, 2)]
    expected = [
        reference.lovasz(
            reference.pixel_list(
                batch.labels[g], batch.logits[g], weights[g] if weighted else None
            ),
            4,
            classes,
        )
        for g in groups
    ]
    values = lovasz(
        batch.labels, batch.logits, weights, classes=classes, per_image=per_image
    )
    np.testing.assert_allclose(values, expected, rtol=1e-10)


def test_of_a_certain_prediction_is_one_minus_the_iou(batch):
    logits = 100.0 * np.eye(4)[np.argmax(batch.logits, axis=-1)]
    matrix = confusion_matrix(batch.labels, np.argmax(logits, axis=-1), 4)
    iou = semantic_scores(matrix)["iou"]
    loss = Lovasz(classes=[0, 1, 2])(batch.labels, logits)
    assert 0 < iou[:3].mean() < 1
    assert float(loss) == pytest.approx(1 - iou[:3].mean(), abs=1e-6)


def test_equal_errors_in_any_order():
    """Probability 1/2 everywhere: steps of J sum to 1, so the loss is 1/2."""
    labels = np.array([[[0, 1, 1, 0, 1]]])
    assert float(Lovasz()(labels, np.zeros((1, 1, 5, 2)))) == pytest.approx(0.5)


def test_an_absent_class_that_counts_costs_its_largest_probability():
    logits = np.log([[[[0.9, 0.1], [0.6, 0.4]]]])
    labels = [[[0, 0]]]
    assert float(Lovasz(classes=[1])(labels, logits)) == pytest.approx(0.4, abs=1e-6)
    # class 0: errors 0.4 then 0.1, J 1/2 then 1
    assert float(Lovasz()(labels, logits)) == pytest.approx(0.25, abs=1e-6)
    both = Lovasz(classes="all")(labels, logits)
    assert float(both) == pytest.approx((0.25 + 0.4) / 2, abs=1e-6)


def test_an_ignored_pixel_may_have_the_largest_error():
    """Sorted first, of size 0: it neither takes J's first step nor a later one."""
    logits = np.log([[[[0.01, 0.99], [0.9, 0.1], [0.6, 0.4]]]])
    loss = Lovasz(classes=[1])([[[255, 0, 0]]], logits)
    assert float(loss) == pytest.approx(0.4, abs=1e-6)


def test_float32_keeps_small_steps_of_a_large_image():
    """400,000 pixels: a difference of two J near 1 would lose the steps."""
    rng = np.random.default_rng(1)
    labels = (rng.random((1, 500, 800)) < 0.001).astype("uint8")
    logits = rng.normal(size=(1, 500, 800, 2))
    exact = float(lovasz(labels, logits)[0])
    assert float(lovasz(labels, logits.astype("float32"))[0]) == pytest.approx(
        exact, rel=1e-5
    )
