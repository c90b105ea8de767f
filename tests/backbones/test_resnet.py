"""ResNet: where the strides are, padding, the forms of others, the fold of biases."""

import math

import keras
import numpy as np
import pytest

from kseg.backbones import resnet
from kseg.backbones.pretrained import copy_resnet
from kseg.layers.frozen_affine import fold_batch_norm
from tests.backbones.networks import (
    assert_close,
    images,
    network,
    randomise,
    run,
    shared,
)

STRIDE_IN_3X3 = {"stride_in": "3x3"}


@pytest.fixture
def thin(monkeypatch):
    monkeypatch.setitem(resnet.BLOCKS, 34, (2, 1, 1, 1))
    monkeypatch.setitem(resnet.BLOCKS, 50, (1, 2, 1, 1))
    monkeypatch.setattr(resnet, "FILTERS", (8, 12, 16, 20))


@pytest.mark.parametrize("stride_in, strided", [("1x1", 1), ("3x3", 2)])
def test_stride_in(stride_in, strided, thin):
    model = network("resnet50", stride_in=stride_in)
    for stage in (2, 3, 4, 5):
        for i in (0, 1, 2, 3):
            layer = model.get_layer(f"conv{stage}_block1_{i}_conv")
            expected = 2 if stage > 2 and i in (0, strided) else 1
            assert layer.strides == (expected, expected), layer.name
    assert model.get_layer("conv3_block2_1_conv").strides == (1, 1)


def test_basic_blocks_have_their_stride_first_and_plain_shortcuts_within_a_stage():
    model = shared("resnet34")
    names = {layer.name for layer in model.layers}
    assert "conv3_block1_0_conv" in names and "conv2_block1_0_conv" not in names
    assert model.get_layer("conv3_block1_1_conv").strides == (2, 2)
    assert model.get_layer("conv3_block1_2_conv").strides == (1, 1)


def test_no_convolution_has_a_bias_and_every_one_a_batch_norm(thin):
    model = network("resnet50")
    names = {layer.name for layer in model.layers}
    convolutions = [x for x in model.layers if isinstance(x, keras.layers.Conv2D)]
    assert len(convolutions) == 1 + 4 + 3 * 5
    for layer in convolutions:
        assert not layer.use_bias
        assert layer.name.replace("_conv", "_bn") in names


@pytest.mark.parametrize("width", [64, 65])
@pytest.mark.parametrize(
    "name, kwargs", [("resnet34", {}), ("resnet50", STRIDE_IN_3X3)]
)
def test_padding_is_even(name, kwargs, width, thin):
    """A mirrored image gives mirrored maps where the strided grid has a middle: of 65
    columns 33, 17, 9, 5 and 3 are taken, from both ends; of 64 only from the left.
    """
    model = network(name, **kwargs)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(layer.kernel + layer.kernel[:, ::-1])
    x = images(1, 47, width, 3)
    maps, mirrored = run(model, x), run(model, x[:, :, ::-1])
    for level, value in maps.items():
        difference = np.abs(mirrored[level][:, :, ::-1] - value).max() / value.max()
        assert difference < 1e-4 if width == 65 else difference > 1e-2, level


def test_a_bias_folds_into_the_moving_mean():
    """By hand: gamma (x + b - mean) / sqrt(variance + epsilon) + beta."""
    image = keras.Input((1, 1, 3))
    source = keras.layers.Conv2D(1, 1, name="conv1_conv")(image)
    source = keras.layers.BatchNormalization(epsilon=0.0, name="conv1_bn")(source)
    source = keras.Model(image, source)
    source.get_layer("conv1_conv").set_weights([np.ones((1, 1, 3, 1)), np.array([5.0])])
    values = [np.array([n]) for n in (2.0, 1.0, 4.0, 9.0)]
    source.get_layer("conv1_bn").set_weights(values)

    ours = keras.layers.Conv2D(1, 1, use_bias=False, name="conv1_conv")(image)
    ours = keras.Model(image, resnet.BatchNorm(epsilon=0.0, name="conv1_bn")(ours))
    copy_resnet(ours, source)
    x = np.array([[[[1.0, 2.0, 3.0]]]])
    expected = 2 * (6 + 5 - 4) / 3 + 1
    for model in (source, ours):
        assert np.asarray(model(x)).item() == pytest.approx(expected)


class Pool:
    """The stem's pool alone, by loops; outside of the map there is nothing."""

    def __init__(self, padding):
        self.first = -padding

    def __call__(self, x):
        height, width = (-(-n // 2) for n in x.shape[1:3])
        y = np.zeros((len(x), height, width, x.shape[3]), x.dtype)
        for i, j in np.ndindex(height, width):
            top, left = 2 * i + self.first, 2 * j + self.first
            rows, columns = slice(max(top, 0), top + 3), slice(max(left, 0), left + 3)
            y[:, i, j] = x[:, rows, columns].max(axis=(1, 2))
        return y


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("size", [(16, 26), (13, 30), (2, 5)])
def test_the_pool_of_the_stem(padding, size, thin):
    """Windows from each second pixel on, or from one before it."""
    model = network("resnet34", pool_padding=padding)
    names = ("conv1_relu", "pool1_pool")
    inner = keras.Model(model.input, [model.get_layer(n).output for n in names])
    c1, pooled = (np.asarray(x) for x in inner(images(2, *size, 3)))
    np.testing.assert_array_equal(pooled, Pool(padding)(c1))
    assert model.compute_output_shape((2, *size, 3))["c2"][1:3] == pooled.shape[1:3]


def test_the_pool_without_padding_has_caffes_sizes_where_sides_are_even():
    """``ceil((n - 3) / 2) + 1`` there."""
    for n in range(4, 40, 2):
        assert math.ceil((n - 3) / 2) + 1 == n // 2


@pytest.mark.parametrize("name", ["resnet34", "resnet50"])
def test_epsilon_of_each_batch_norm(name, thin):
    model = network(name, epsilon=0.25)
    norms = [x for x in model.layers if isinstance(x, resnet.BatchNorm)]
    assert len(norms) > 10 and {x.epsilon for x in norms} == {0.25}
    default = [x for x in network(name).layers if isinstance(x, resnet.BatchNorm)]
    assert {x.epsilon for x in default} == {1.001e-5}


def test_the_mean_that_is_subtracted(thin):
    model = network("resnet50", mean=(103.06, 115.9, 123.15))
    inner = keras.Model(model.input, model.get_layer("mean").output)
    y = inner(np.full((1, 1, 1, 3), 120.0))
    np.testing.assert_allclose(y[0, 0, 0], [16.94, 4.1, -3.15], rtol=1e-5)


@pytest.mark.parametrize("name", ["resnet34", "resnet50"])
def test_the_affine_form_computes_what_frozen_batch_norms_do(name, thin):
    norms = network(name, epsilon=0.1)
    randomise(norms)
    affine = network(name, norm="affine")
    for layer in norms.layers[1:]:  # the first is the input
        weights = layer.get_weights()
        if isinstance(layer, resnet.BatchNorm):
            weights = fold_batch_norm(*weights, 0.1)
        affine.get_layer(layer.name).set_weights(weights)
    x = images(1, 33, 70, 3)
    maps = run(affine, x)
    for level, value in run(norms, x).items():
        assert_close(maps[level], value)
    # And in training, where a batch norm would have statistics of its own.
    for level, value in affine(x, training=True).items():
        np.testing.assert_array_equal(value, maps[level])
    count = sum(2 * layer.scale.shape[0] for layer in affine.layers
                if isinstance(layer, resnet.FrozenAffine))  # fmt: skip
    trained = sum(math.prod(w.shape) for w in affine.trainable_weights)
    assert affine.count_params() == trained + count


def test_imagenet_weights_of_the_affine_form():
    """By hand: gamma (x + b - mean) / sqrt(variance + epsilon) + beta."""
    image = keras.Input((1, 1, 3))
    source = keras.layers.Conv2D(1, 1, name="conv1_conv")(image)
    source = keras.layers.BatchNormalization(epsilon=7.0, name="conv1_bn")(source)
    source = keras.Model(image, source)
    source.get_layer("conv1_conv").set_weights([np.ones((1, 1, 3, 1)), np.array([5.0])])
    values = [np.array([n]) for n in (2.0, 1.0, 4.0, 9.0)]
    source.get_layer("conv1_bn").set_weights(values)
    ours = keras.layers.Conv2D(1, 1, use_bias=False, name="conv1_conv")(image)
    ours = keras.Model(image, resnet.FrozenAffine(name="conv1_bn")(ours))
    copy_resnet(ours, source)
    y = np.asarray(ours(np.array([[[[1.0, 2.0, 3.0]]]]))).item()
    assert y == pytest.approx(2 * (6 + 5 - 4) / 4 + 1)


@pytest.mark.parametrize("stride_in", ["2x2", None, 1])
def test_another_stride_in(stride_in):
    with pytest.raises(ValueError, match="'1x1', '3x3'. Received: stride_in="):
        network("resnet101", stride_in=stride_in)


def test_imagenet_weights_are_not_for_the_other_stride():
    with pytest.raises(ValueError, match="Received: stride_in='3x3'. Leave it out"):
        network("resnet50", stride_in="3x3", weights="imagenet")
