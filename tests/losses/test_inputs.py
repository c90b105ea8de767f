"""The rules every loss shares: shapes, ignored pixels, weights, wrong labels."""

import keras
import numpy as np
import pytest

from kseg.losses import CrossEntropy, Dice, Focal, Lovasz, Tversky
from kseg.losses.inputs import pixel_inputs, split_weights

LOSSES = [CrossEntropy, Focal, Dice, Tversky, Lovasz]


def test_ignored_pixels_have_weight_0_and_a_legal_label():
    y_true = np.array([[[0, 255, 1]]], "uint8")
    labels, logits, weights = pixel_inputs(
        y_true, np.zeros((1, 1, 3, 2)), class_weights=[2.0, 3.0]
    )
    assert np.array(labels).tolist() == [[[0, 0, 1]]]
    assert np.array(weights).tolist() == [[[2.0, 0.0, 3.0]]]
    assert keras.backend.standardize_dtype(labels.dtype) == "int32"
    assert keras.backend.standardize_dtype(logits.dtype) == "float64"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_logits_are_computed_in_float32(dtype):
    y_pred = keras.ops.zeros((1, 1, 3, 2), dtype=dtype)
    _, logits, _ = pixel_inputs(np.zeros((1, 1, 3), "uint8"), y_pred)
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"


def test_ignore_label_none_makes_255_a_wrong_label():
    y_true = np.array([[[0, 255]]], "uint8")
    weights = pixel_inputs(y_true, np.zeros((1, 1, 2, 2)), ignore_label=None)[2]
    assert np.isnan(np.array(weights)).tolist() == [[[False, True]]]


def test_a_class_can_be_the_ignore_label(batch):
    as_class = np.where(batch.labels == 255, 0, batch.labels)
    as_255 = np.where(as_class == 0, 255, as_class)
    for loss in LOSSES:
        assert float(loss(ignore_label=0)(as_class, batch.logits)) == pytest.approx(
            float(loss()(as_255, batch.logits))
        )


@pytest.mark.parametrize("shape", [(), (2,), (2, 1), (2, 3, 5), (2, 3, 5, 1)])
def test_weights_per_image_and_per_pixel_are_told_apart(shape):
    image, pixel = split_weights(np.ones(shape), "float32")
    given = image if pixel is None else pixel
    assert (pixel is None) == (len(shape) < 3)
    assert tuple(given.shape) == {0: (1,), 1: (2,), 2: (2,)}.get(len(shape), (2, 3, 5))


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 5, 2), (2, 3, 5, 1, 1)])
def test_weights_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="sample_weight must be"):
        split_weights(np.ones(shape), "float32")


@pytest.mark.parametrize("loss", LOSSES)
class TestEveryLoss:
    def test_labels_with_a_last_axis_are_the_same(self, loss, batch):
        flat = float(loss()(batch.labels, batch.logits))
        assert float(loss()(batch.labels[..., None], batch.logits)) == flat

    @pytest.mark.parametrize("label", [4, 254, -1])
    def test_a_label_outside_the_classes_is_nan(self, loss, label, batch):
        labels = batch.labels.astype("int32")
        labels[0, 1, 1] = label
        assert np.isnan(float(loss()(labels, batch.logits)))

    def test_all_ignored_is_0(self, loss, batch):
        labels = np.full_like(batch.labels, 255)
        assert float(loss()(labels, batch.logits)) == 0.0
        assert float(loss()(labels, batch.logits, batch.weights)) == 0.0

    @pytest.mark.parametrize("shape", [(0, 3, 5), (2, 0, 5)])
    def test_nothing_at_all_is_0(self, loss, shape):
        value = loss()(np.zeros(shape, "uint8"), np.zeros((*shape, 4), "float32"))
        assert float(value) == 0.0

    def test_what_is_predicted_on_ignored_pixels_does_not_matter(self, loss, batch):
        other = np.where((batch.labels == 255)[..., None], 5.0, batch.logits)
        other[batch.labels == 255, 1] = -7.0
        one = float(loss()(batch.labels, batch.logits))
        assert float(loss()(batch.labels, other)) == pytest.approx(one, rel=1e-6)

    def test_weight_0_is_ignored_in_sums(self, loss, batch):
        """In a sum over pixels or regions, weight 0 and the ignore label agree."""
        weights = (batch.labels != 255).astype("float32")
        labels = np.where(batch.labels == 255, 1, batch.labels)
        summed = loss(reduction="sum")
        assert float(summed(labels, batch.logits, weights)) == pytest.approx(
            float(summed(batch.labels, batch.logits)), rel=1e-6
        )

    def test_a_shape_that_does_not_fit_is_refused(self, loss, batch):
        with pytest.raises(ValueError, match="crop the labels"):
            loss()(batch.labels[:, :, :4], batch.logits)
        with pytest.raises(ValueError, match="at least 2 classes"):
            loss()(batch.labels, batch.logits[..., :1])

    @pytest.mark.parametrize("label", [1.5, "255", True])
    def test_an_ignore_label_that_is_no_id_is_refused(self, loss, label):
        with pytest.raises(ValueError, match="ignore_label must be"):
            loss(ignore_label=label)
