"""ResNet: where the strides are, even padding, and the fold of biases."""

import keras
import numpy as np
import pytest

from kseg.backbones import resnet
from tests.backbones.networks import images, network, run, shared

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
    resnet.copy_application(ours, source)
    x = np.array([[[[1.0, 2.0, 3.0]]]])
    expected = 2 * (6 + 5 - 4) / 3 + 1
    for model in (source, ours):
        assert np.asarray(model(x)).item() == pytest.approx(expected)


@pytest.mark.parametrize("stride_in", ["2x2", None, 1])
def test_another_stride_in(stride_in):
    with pytest.raises(ValueError, match="'1x1', '3x3'. Received: stride_in="):
        network("resnet101", stride_in=stride_in)


def test_imagenet_weights_are_not_for_the_other_stride():
    with pytest.raises(ValueError, match="Received: stride_in='3x3'. Leave it out"):
        network("resnet50", stride_in="3x3", weights="imagenet")
