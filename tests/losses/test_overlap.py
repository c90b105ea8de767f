"""Dice and Tversky: against the loops, the scores, Keras, and by hand."""

import keras
import numpy as np
import pytest

from kseg.losses import Dice, Tversky, dice, tversky
from kseg.metrics import confusion_matrix, semantic_scores
from tests.reference import losses as reference

CLASSES = ["present", "all", [1], [0, 3]]


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("smooth", [0.0, 1.0])
@pytest.mark.parametrize("per_image", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_against_loops(batch, classes, smooth, per_image, weighted):
    weights = batch.weights if weighted else None
    groups = [slice(0, 1), slice(1, 2)] if per_image else [slice(0, 2)]
    pixels = [
        reference.pixel_list(
            batch.labels[g], batch.logits[g], weights[g] if weighted else None
        )
        for g in groups
    ]
    common = {"classes": classes, "smooth": smooth}
    options = {**common, "per_image": per_image}
    np.testing.assert_allclose(
        tversky(batch.labels, batch.logits, weights, alpha=0.2, beta=0.9, **options),
        [reference.tversky(p, 4, 0.2, 0.9, **common) for p in pixels],
        rtol=1e-10,
    )
    np.testing.assert_allclose(
        dice(batch.labels, batch.logits, weights, **options),
        [reference.dice(p, 4, **common) for p in pixels],
        rtol=1e-10,
    )


def test_dice_of_a_certain_prediction_is_one_minus_the_score(batch):
    logits = 100.0 * np.eye(4)[np.argmax(batch.logits, axis=-1)]
    matrix = confusion_matrix(batch.labels, np.argmax(logits, axis=-1), 4)
    score = semantic_scores(matrix)
    loss = Dice(smooth=0.0, classes="all")(batch.labels, logits)
    assert np.nansum(score["dice"]) > 0
    assert float(loss) == pytest.approx(1 - np.nansum(score["dice"]) / 4, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 4, 7), (3, 5, 2)])
def test_equals_keras_for_one_class(shape):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, shape)
    logits = rng.normal(size=(*shape, 2)).astype("float32")
    p = np.array(keras.ops.softmax(logits))[..., 1]
    # Keras 3.15 multiplies alpha by the false negatives, against its own docstring.
    theirs = keras.losses.Tversky(alpha=0.7, beta=0.3)(labels == 1, p)
    ours = Tversky(alpha=0.3, beta=0.7, smooth=0.0, classes=[1])(labels, logits)
    assert float(ours) == pytest.approx(float(theirs), abs=1e-5)


class TestAbsentClasses:
    """Truth: class 0 alone, two pixels; probability 1/2 for each of two classes."""

    labels, logits = [[[0, 0]]], np.zeros((1, 1, 2, 2))

    def test_present_leaves_it_out(self):
        # 1 - (2 * 1 + 1) / (2 * 1 + 1 + 1)
        assert float(Dice()(self.labels, self.logits)) == pytest.approx(0.25)

    def test_all_counts_its_false_positives(self):
        # class 1: FP = 1, 1 - 1 / (1 + 1)
        loss = Dice(classes="all")(self.labels, self.logits)
        assert float(loss) == pytest.approx((0.25 + 0.5) / 2)

    def test_ids_count_it_though_absent(self):
        assert float(Dice(classes=[1])(self.labels, self.logits)) == 0.5
        # 1 - 1 / (0.3 * 1 + 1)
        loss = Tversky(classes=[1])(self.labels, self.logits)
        assert float(loss) == pytest.approx(0.3 / 1.3)

    def test_without_smooth_an_absent_class_is_lost_whatever_is_done(self):
        assert float(Dice(smooth=0.0, classes=[1])(self.labels, self.logits)) == 1.0


class TestPerImage:
    def test_an_image_of_ignored_pixels_is_not_in_the_mean(self, batch):
        labels = batch.labels.copy()
        labels[1] = 255
        whole = Dice(per_image=True)(labels, batch.logits)
        alone = Dice(per_image=True)(labels[:1], batch.logits[:1])
        assert float(whole) == pytest.approx(float(alone), rel=1e-6)

    def test_image_weights_multiply_the_images_losses(self, batch):
        one, two = np.array(dice(batch.labels, batch.logits, per_image=True))
        weights = np.array([3.0, 0.5])
        mean = Dice(per_image=True)(batch.labels, batch.logits, weights)
        assert float(mean) == pytest.approx((3.0 * one + 0.5 * two) / 2, rel=1e-5)
        share = Dice(per_image=True, reduction="mean_with_sample_weight")
        assert float(share(batch.labels, batch.logits, weights)) == pytest.approx(
            (3.0 * one + 0.5 * two) / 3.5, rel=1e-5
        )

    def test_reduction_none_gives_the_images(self, batch):
        loss = Dice(per_image=True, reduction="none")
        values = np.array(loss(batch.labels, batch.logits))
        np.testing.assert_allclose(
            values, dice(batch.labels, batch.logits, per_image=True), rtol=1e-5
        )

    def test_without_it_an_images_weight_is_one_for_its_pixels(self, batch):
        maps = np.broadcast_to(np.array([3.0, 0.5])[:, None, None], (2, 3, 5))
        assert float(Dice()(batch.labels, batch.logits, [3.0, 0.5])) == pytest.approx(
            float(Dice()(batch.labels, batch.logits, maps)), rel=1e-6
        )


@pytest.mark.parametrize("name", ["alpha", "beta", "smooth"])
def test_negative_numbers_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        Tversky(**{name: -0.1})
    with pytest.raises(ValueError, match="smooth must be"):
        Dice(smooth=-1.0)


@pytest.mark.parametrize("classes", ["absent", [], [-1], [1, 1], [0.5], 1])
def test_unknown_classes_are_refused(classes):
    with pytest.raises(ValueError, match="classes must be"):
        Dice(classes=classes)


def test_a_class_above_the_logits_is_refused(batch):
    with pytest.raises(ValueError, match="below the number of classes, 4"):
        Dice(classes=[4])(batch.labels, batch.logits)
