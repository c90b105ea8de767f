"""Weights of keras.applications: the same numbers at every level."""

import keras
import numpy as np
import pytest

from kseg.backbones import resnet, vgg
from kseg.backbones.pretrained import copy_layers, load
from tests.backbones.networks import assert_close, images, network, randomise, run

# The function there, its preprocessing, and the layers that give c1 to c5.
TWINS = {
    "vgg16": ("VGG16", "vgg16", [f"block{k}_pool" for k in range(1, 6)]),
    "resnet50": (
        "ResNet50",
        "resnet50",
        [
            *("conv1_relu", "conv2_block3_out", "conv3_block4_out"),
            *("conv4_block6_out", "conv5_block3_out"),
        ],
    ),
    "resnet101": (
        "ResNet101",
        "resnet",
        [
            *("conv1_relu", "conv2_block3_out", "conv3_block4_out"),
            *("conv4_block23_out", "conv5_block3_out"),
        ],
    ),
    "mobilenet_v2": (
        "MobileNetV2",
        "mobilenet_v2",
        [
            *("expanded_conv_project_BN", "block_2_add", "block_5_add"),
            *("block_12_add", "block_16_project_BN"),
        ],
    ),
    "mobilenet_v3_large": (
        "MobileNetV3Large",
        "mobilenet_v3",
        [
            *("expanded_conv_add", "expanded_conv_2_add", "expanded_conv_5_add"),
            *("expanded_conv_11_add", "expanded_conv_14_add"),
        ],
    ),
    "mobilenet_v3_small": (
        "MobileNetV3Small",
        "mobilenet_v3",
        [
            # c1, the stem's activation, has no name of its own there.
            *("expanded_conv_depthwise_pad", "expanded_conv_project_bn"),
            *("expanded_conv_2_add", "expanded_conv_7_add", "expanded_conv_10_add"),
        ],
    ),
}
SIZE = {"vgg16": (64, 96)}  # keras.applications' VGG rounds odd maps down


@pytest.mark.parametrize("name", TWINS)
def test_equals_keras_applications(name, monkeypatch):
    """Random weights, statistics and biases; odd sizes where they agree on them."""
    function, module, levels = TWINS[name]
    height, width = SIZE.get(name, (33, 65))
    build = getattr(keras.applications, function)
    shape = (height, width, 3)
    source = build(weights=None, include_top=False, input_shape=shape)
    randomise(source)
    outputs = {}
    for k, level in enumerate(levels, start=1):
        layer = source.get_layer(level)
        outputs[f"c{k}"] = layer.input if level.endswith("_pad") else layer.output
    x = images(2, *shape)
    preprocess = getattr(keras.applications, module).preprocess_input
    expected = run(keras.Model(source.input, outputs), preprocess(x.copy()))

    asked = []
    monkeypatch.setattr(
        keras.applications, function, lambda **kwargs: asked.append(kwargs) or source
    )
    model = network(name, weights="imagenet")
    assert asked[0]["weights"] == "imagenet" and not asked[0]["include_top"]
    found = run(model, x)
    for level, value in expected.items():
        assert_close(found[level], value)


@pytest.fixture
def thin(monkeypatch):
    monkeypatch.setattr(vgg, "VGG16", ((4, 1),) * 5)
    monkeypatch.setattr(vgg, "VGG_A", ((4, 1),) * 5)
    monkeypatch.setattr(resnet, "BLOCKS", dict.fromkeys((18, 34, 50, 101), (1,) * 4))
    monkeypatch.setattr(resnet, "FILTERS", (8, 12, 16, 20))


@pytest.mark.parametrize("name", ["vgg16", "resnet101", "mobilenet_v3_small"])
def test_a_failed_download_says_what_to_do(name, monkeypatch, thin):
    def fail(**kwargs):
        raise Exception("URL fetch failure on https://storage.example/weights.h5")

    function = TWINS[name][0]
    monkeypatch.setattr(keras.applications, function, fail)
    message = f"ImageNet weights of {function}. Keras says: URL.*efficientnet_lite0"
    with pytest.raises(ValueError, match=message):
        network(name, weights="imagenet")


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "vgg_a"])
def test_networks_without_imagenet_weights(name, thin):
    with pytest.raises(
        ValueError, match="There are no ImageNet weights for .*None or a"
    ):
        network(name, weights="imagenet")


@pytest.fixture
def small():
    """An image and the maps of a network of one layer."""
    image = keras.Input((8, 8, 3))
    return image, {"c1": keras.layers.Conv2D(4, 3, name="stem")(image)}


@pytest.mark.parametrize("weights", [5, True, ["imagenet"]])
def test_weights_of_another_type(weights, small):
    with pytest.raises(
        ValueError, match='None, "imagenet", or a path.*Received: weights='
    ):
        load(*small, weights, imagenet=None)


@pytest.mark.parametrize("weights", ["imagnet", "missing.keras", "trunk.pth"])
def test_a_file_that_is_not_there_or_of_another_kind(weights, small):
    with pytest.raises(ValueError, match=f"Received: weights='{weights}'"):
        load(*small, weights, imagenet=None)


def test_a_file_of_another_network(small, tmp_path):
    image, maps = small
    other = keras.Model(image, keras.layers.Conv2D(5, 3)(image))
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ValueError, match=r"other\.weights\.h5 are damaged, or"):
        load(image, maps, tmp_path / "other.weights.h5", imagenet=None)


def test_only_imagenet_is_downloaded(small, tmp_path):
    """None leaves the weights as they are, a path sets them, without a call."""
    image, maps = small
    model, called = keras.Model(image, maps), []
    model.save_weights(tmp_path / "trunk.weights.h5")
    saved = model.get_weights()
    randomise(model)
    load(image, maps, None, called.append)
    assert np.any(model.get_weights()[1]) and not called
    load(image, maps, tmp_path / "trunk.weights.h5", called.append)
    for ours, theirs in zip(model.get_weights(), saved, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    load(image, maps, "imagenet", called.append)
    assert len(called) == 1


def test_copy_layers_needs_every_layer(small):
    model = keras.Model(*small)
    with pytest.raises(ValueError, match="No such layer: Conv1"):
        copy_layers(model, keras.Model(*small), {"stem": "Conv1"}.get)
