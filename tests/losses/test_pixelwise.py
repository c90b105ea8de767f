"""Cross-entropy and focal loss: against the loops, Keras, and by hand."""

import keras
import numpy as np
import pytest

from kseg.losses import CrossEntropy, Focal, cross_entropy, focal
from tests.reference import losses as reference

CLASS_WEIGHTS = [0.5, 1.0, 2.0, 4.0]


def valid_count(batch):
    return int((batch.labels != 255).sum())


def weighted(batch):
    return reference.pixel_list(batch.labels, batch.logits, batch.weights)


@pytest.mark.parametrize("class_weights", [None, CLASS_WEIGHTS])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
class TestAgainstLoops:
    def test_divides_by_the_pixels_that_are_not_ignored(
        self, class_weights, gamma, batch
    ):
        loss = Focal(gamma, class_weights)(batch.labels, batch.logits)
        pixels = reference.pixel_list(batch.labels, batch.logits)
        total = reference.focal(pixels, gamma, class_weights)
        assert float(loss) == pytest.approx(total / len(pixels), rel=1e-5)

    def test_weights_are_not_in_the_denominator(self, class_weights, gamma, batch):
        loss = Focal(gamma, class_weights)(batch.labels, batch.logits, batch.weights)
        total = reference.focal(weighted(batch), gamma, class_weights)
        assert float(loss) == pytest.approx(total / valid_count(batch), rel=1e-5)

    def test_mean_with_sample_weight_divides_by_all_weights(
        self, class_weights, gamma, batch
    ):
        loss = Focal(gamma, class_weights, reduction="mean_with_sample_weight")
        pixels = weighted(batch)
        below = sum((class_weights or [1] * 4)[label] for label, _ in pixels)
        total = reference.focal(pixels, gamma, class_weights)
        assert float(loss(batch.labels, batch.logits, batch.weights)) == pytest.approx(
            total / below, rel=1e-5
        )

    def test_sum_divides_by_nothing(self, class_weights, gamma, batch):
        loss = Focal(gamma, class_weights, reduction="sum")
        total = reference.focal(weighted(batch), gamma, class_weights)
        assert float(loss(batch.labels, batch.logits, batch.weights)) == pytest.approx(
            total, rel=1e-5
        )


def test_cross_entropy_is_the_loops(batch):
    loss = CrossEntropy(CLASS_WEIGHTS)(batch.labels, batch.logits, batch.weights)
    total = reference.cross_entropy(weighted(batch), CLASS_WEIGHTS)
    assert float(loss) == pytest.approx(total / valid_count(batch), rel=1e-5)


@pytest.mark.parametrize("loss", [CrossEntropy, Focal])
def test_reduction_none_is_a_map_with_0_where_ignored(loss, batch):
    values = np.array(loss(reduction="none")(batch.labels, batch.logits))
    assert values.shape == (2, 3, 5)
    assert ((values == 0) == (batch.labels == 255)).all()


def test_weights_per_image(batch):
    per_image = CrossEntropy(reduction="sum")
    parts = [
        float(per_image(batch.labels[i : i + 1], batch.logits[i : i + 1]))
        for i in (0, 1)
    ]
    loss = CrossEntropy()(batch.labels, batch.logits, np.array([3.0, 0.5]))
    expected = (3.0 * parts[0] + 0.5 * parts[1]) / valid_count(batch)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_equals_keras_with_an_ignored_class(batch):
    logits = batch.logits.astype("float32")
    theirs = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, ignore_class=255
    )
    assert float(CrossEntropy()(batch.labels, logits)) == pytest.approx(
        float(theirs(batch.labels.astype("int32"), logits)), rel=1e-6
    )


def test_focal_of_two_classes_is_the_sigmoid_focal_loss(batch):
    """The paper's loss: softmax of two logits is the sigmoid of their difference."""
    logits = batch.logits[..., :2].astype("float32")
    labels = np.minimum(batch.labels, 1)
    theirs = keras.losses.BinaryFocalCrossentropy(
        apply_class_balancing=True, alpha=0.25, gamma=2.0, from_logits=True
    )
    difference = (logits[..., 1] - logits[..., 0])[..., None]
    ours = Focal(gamma=2.0, class_weights=[0.75, 0.25])(labels, logits)
    assert float(ours) == pytest.approx(
        float(theirs(labels[..., None].astype("float32"), difference)), rel=1e-5
    )


def test_focal_with_gamma_0_is_the_cross_entropy(batch):
    np.testing.assert_allclose(
        focal(batch.labels, batch.logits, gamma=0.0, class_weights=CLASS_WEIGHTS),
        cross_entropy(batch.labels, batch.logits, class_weights=CLASS_WEIGHTS),
        rtol=1e-12,
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("margin", [200.0, -200.0])
def test_extreme_logits_give_finite_losses_and_gradients(gamma, margin):
    import tensorflow as tf

    logits = tf.constant([[[[margin, 0.0]]]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = Focal(gamma)([[[0]]], logits)
    gradient = tape.gradient(value, logits).numpy().ravel()
    assert float(value) == pytest.approx(max(-margin, 0.0), abs=1e-6)
    expected = [0.0, 0.0] if margin > 0 else [-1.0, 1.0]
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


@pytest.mark.parametrize("gamma", [-1.0, float("nan"), float("inf"), "2"])
def test_a_gamma_that_is_no_exponent_is_refused(gamma):
    with pytest.raises(ValueError, match="gamma must be"):
        Focal(gamma)


@pytest.mark.parametrize(
    "weights", [[1.0, -1.0], [0.0, 0.0], [1.0, float("nan")], [[1.0, 2.0]], 1.0, []]
)
def test_illegal_class_weights_are_refused(weights):
    with pytest.raises(ValueError, match="class_weights must be"):
        CrossEntropy(class_weights=weights)


def test_another_number_of_class_weights_than_classes_is_refused(batch):
    with pytest.raises(ValueError, match="3 weights for 4 classes"):
        CrossEntropy([1.0, 2.0, 3.0])(batch.labels, batch.logits)
