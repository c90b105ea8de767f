"""Recipes of the papers: what each does with images, labels and steps."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.data import Augment
from kseg.losses import count_class_pixels, median_frequency_weights
from kseg.models import SegNetBasic
from kseg.recipes import get

NAMES = (
    *("fcn8s-voc", "segnet-camvid"),
    *("segnet-basic-camvid", "segnet-basic-half-camvid"),
)
RECIPES = fcn8s_voc, segnet_camvid, segnet_basic_camvid, half = tuple(map(get, NAMES))
every_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=NAMES)


class Labels:
    """Two label maps of three classes, one of which few pixels have."""

    kind, ignore_label = "labels", 255
    class_names = ("road", "sky", "pole")

    def __len__(self):
        return 2

    def target(self, index):
        return np.array([[[0, 0, 1, 1], [0, 2, 255, 1]], [[0, 0, 0, 1]] * 2][index])


@every_recipe
def test_a_step_is_of_caffes_sgd(recipe):
    """One gradient of 1: the bias moves twice as far as the decayless kernel."""
    optimizer = recipe.optimizer()
    assert float(optimizer.learning_rate) == pytest.approx(recipe.learning_rate)
    kernel = keras.Variable(np.zeros(3), name="kernel")
    bias = keras.Variable(np.zeros(3), name="bias")
    optimizer.apply([tf.ones(3), tf.ones(3)], [kernel, bias])
    rate = recipe.learning_rate
    np.testing.assert_allclose(kernel.numpy(), [-rate] * 3, rtol=1e-5)
    np.testing.assert_allclose(bias.numpy(), [-2 * rate] * 3, rtol=1e-5)


def test_the_rate_is_fixed_as_in_the_papers():
    for recipe in (fcn8s_voc, segnet_camvid, segnet_basic_camvid):
        assert recipe.schedule(0.0) == recipe.schedule(1.0) == 1.0
    assert half.schedule(1.0) == pytest.approx(0.0, abs=1e-9)


def test_fcns_loss_of_zero_scores_is_ln_k_for_each_valid_pixel():
    """papers: the scores start at zero, and the sum is not divided."""
    y_true = np.array([[[0, 1, 255], [2, 2, 1]]], "uint8")
    loss = fcn8s_voc.loss(Labels())(y_true, np.zeros((1, 2, 3, 3), "float32"))
    assert float(loss) == pytest.approx(5 * math.log(3), rel=1e-6)


@pytest.mark.parametrize("recipe", RECIPES[1:], ids=NAMES[1:])
def test_segnets_loss_weighs_classes_by_median_frequency(recipe):
    labels = Labels()
    counts = count_class_pixels([labels.target(0), labels.target(1)], 3)
    weights = median_frequency_weights(*counts)
    # Of 8 pixels of each image: class 0 has 3 + 6, 1 has 3 + 2, 2 has 1 + 0.
    np.testing.assert_allclose(weights, [(5 / 16) / (9 / 16), 1.0, (5 / 16) / (1 / 8)])
    y_true = np.array([[[0, 2, 255]]], "uint8")
    loss = recipe.loss(labels)(y_true, np.zeros((1, 1, 3, 3), "float32"))
    assert float(loss) == pytest.approx((weights[0] + weights[2]) / 2 * math.log(3))


@every_recipe
def test_a_crop_of_the_recipes_size_is_the_whole_image(recipe):
    augment = Augment.off(**recipe.augmentation)
    size = recipe.image_size
    image = tf.random.stateless_uniform((*size, 3), (0, 1), 0, 256, tf.int32)
    image = tf.cast(image, tf.uint8)
    seen = set()
    for seed in range(12):
        params = augment.sample(tf.constant([seed, 7]), tf.constant(size), size)
        crop = tf.cast(augment.apply_image(params, image), tf.uint8)
        flipped = not np.array_equal(crop, image)
        if flipped:
            np.testing.assert_array_equal(crop, image[:, ::-1])
        seen.add(flipped)
    assert seen == ({False, True} if recipe.augmentation.get("flip") else {False})


def test_half_the_resolution_inside_and_all_of_it_outside():
    model = half.network(3, 3)
    image = np.random.default_rng(0).integers(0, 256, (1, 16, 24, 3)).astype("float32")
    means = image.reshape(1, 8, 2, 12, 2, 3).mean((2, 4))
    inside = model.get_layer("segnet_basic")(means)
    expected = tf.image.resize(inside, (16, 24), "bilinear")
    np.testing.assert_allclose(model(image), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [(7, 5), (1, 1)])
def test_half_of_an_odd_size(size):
    model = half.network(3, 3)
    assert model(np.zeros((1, *size, 3), "float32")).shape == (1, *size, 3)


@pytest.mark.parametrize(
    "recipe, trainable",
    [(segnet_camvid, 29_449_355), (segnet_basic_camvid, 1_416_587)],
    ids=["segnet", "segnet-basic"],
)
def test_the_networks_are_the_papers(recipe, trainable):
    model = recipe.network(11, 3, weights=None)
    assert sum(math.prod(v.shape) for v in model.trainable_variables) == trainable


def test_the_half_network_is_segnet_basic():
    model = half.network(11, 3)
    assert model.count_params() == SegNetBasic(11).count_params()
