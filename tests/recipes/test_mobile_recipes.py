"""The U-Nets on a pretrained backbone: their networks, losses and steps."""

import math

import keras
import numpy as np
import pytest

from kseg import recipes
from kseg.backbones import BACKBONES

NAMES = ("unet-mobile", "unet-mobile-camvid")
mobile_recipes = pytest.mark.parametrize("name", NAMES)


class Labels:
    """Two label maps of three classes, one of which few pixels have."""

    kind, ignore_label = "labels", 255
    class_names = ("road", "sky", "pole")

    def __len__(self):
        return 2

    def target(self, index):
        return np.array([[[0, 0, 1, 1], [0, 2, 255, 1]], [[0, 0, 0, 1]] * 2][index])


@pytest.fixture(scope="module")
def pretrained():
    """The backbone with its embedded weights, alone."""
    image = keras.Input((None, None, 3))
    return keras.Model(
        image, BACKBONES["efficientnet_lite0"](image, weights="imagenet")
    )


# Of the expanding path alone, by hand. To a map of c channels, with the skip's s:
# depthwise 9 (c + s), pointwise (c + s) f, then 9 f and f f, and twice a norm of 2 f.
def decoder(filters, skips, classes):
    total, c = 320 * filters[0] + 2 * filters[0], filters[0]
    for f, s in zip(filters, skips, strict=True):
        total += (9 + f) * (c + s) + (9 + f) * f + 4 * f
        c = f
    return total + (c + 1) * classes


@pytest.mark.parametrize(
    "name, filters",
    [("unet-mobile", (64, 64, 48, 32)), ("unet-mobile-camvid", (64, 64, 64))],
)
def test_the_network_is_a_decoder_on_the_pretrained_backbone(name, filters, pretrained):
    model = recipes.get(name).network(11, 3)
    skips = (112, 40, 24, 16)[: len(filters)]
    expected = 2_958_848 + decoder(filters, skips, 11)
    assert sum(math.prod(v.shape) for v in model.trainable_variables) == expected
    for layer in pretrained.layers:
        found = model.get_layer(layer.name) if layer.weights else layer
        for a, b in zip(found.get_weights(), layer.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


@mobile_recipes
def test_a_few_steps_lower_the_loss(name):
    keras.utils.set_random_seed(0)
    recipe, rng = recipes.get(name), np.random.default_rng(0)
    labels = np.kron(rng.integers(0, 3, (2, 2, 3)), np.ones((16, 16))).astype("uint8")
    images = 80.0 * labels[..., None] + rng.uniform(0, 40, (2, 32, 48, 3))
    labels[:, 0] = 255
    model = recipe.network(3, 3)
    model.compile(recipe.optimizer(), recipe.loss(Labels()), run_eagerly=True)
    losses = [float(model.train_on_batch(images, labels)) for _ in range(7)]
    assert np.isfinite(losses).all() and losses[-1] < 0.8 * losses[0]


def test_camvids_loss_has_the_square_root_of_the_weights():
    """Weights 5/9, 1, 5/2; a third everywhere, so TP = FP = 1/3 and FN = 2/3."""
    y_true = np.array([[[0, 2, 255]]], "uint8")
    loss = recipes.get("unet-mobile-camvid").loss(Labels())
    entropy = (math.sqrt(5 / 9) + math.sqrt(5 / 2)) / 2 * math.log(3)
    dice = 1 - (2 / 3 + 10) / (2 / 3 + 1 / 3 + 2 / 3 + 10)  # of classes 0 and 2
    found = float(loss(y_true, np.zeros((1, 1, 3, 3), "float32")))
    assert found == pytest.approx(entropy + dice, rel=1e-6)


@mobile_recipes
def test_decay_is_of_kernels_alone_at_the_rate_that_is_set(name):
    """AdamW at a rate r without gradients: kernels lose the share 0.01 r."""
    names = ("kernel", "bias", "gamma", "beta")
    variables = [keras.Variable(np.ones(2), name=name) for name in names]
    optimizer = recipes.get(name).optimizer()
    optimizer.learning_rate = 0.5  # as `kseg.callbacks.Schedule` sets it
    zeros = [keras.ops.zeros(2) for _ in names]
    optimizer.apply(zeros, variables)
    found = [float(variable[0]) for variable in variables]
    np.testing.assert_allclose(found, [0.995, 1, 1, 1], rtol=1e-6)
