"""VGG: Caffe's names and pools, fc6 and fc7, and keras.applications' weights."""

import keras
import numpy as np
import pytest
from keras import layers

from kseg.backbones import vgg, vgg16
from kseg.backbones.vgg import load_imagenet
from tests.backbones.networks import assert_close, images, network, randomise, run


@pytest.fixture
def thin(monkeypatch):
    monkeypatch.setattr(vgg, "VGG16", ((4, 2), (6, 2), (6, 3), (8, 3), (8, 3)))


def test_caffes_names_in_order(thin):
    model = network("vgg16", first_padding=100, fully_convolutional=4)
    names = [layer.name for layer in model.layers if layer.name != "conv1_1_pad"]
    expected = ["mean"]
    for block, count in enumerate((2, 2, 3, 3, 3), start=1):
        for i in range(1, count + 1):
            expected += [f"conv{block}_{i}", f"relu{block}_{i}"]
        expected += [f"pool{block}"]
    expected += ["fc6", "relu6", "drop6", "fc7", "relu7", "drop7"]
    assert names[1:] == expected
    assert model.get_layer("drop6").rate == model.get_layer("drop7").rate == 0.5


@pytest.mark.parametrize("size", [1, 31, 33, 64])
def test_pools_round_up(size, thin):
    maps = run(network("vgg16"), images(1, size, 2 * size + 1, 3))
    for k in range(1, 6):
        sides = (-(-size // 2**k), -(-(2 * size + 1) // 2**k))
        assert maps[f"c{k}"].shape[1:3] == sides


@pytest.mark.parametrize("height, fc", [(1, 1), (224, 8), (321, 11), (500, 16)])
def test_sizes_of_fcn(height, fc, thin):
    """conv1 to pool5 and fc6 for a padding of 100, computed with Caffe's rules."""
    image = keras.Input((height, 224, 3))
    maps = vgg16(image, first_padding=100, fully_convolutional=4)
    size = height + 198
    for k in range(1, 6):
        size = -(-size // 2)
        assert maps[f"c{k}"].shape[1] == size
    assert maps["fc7"].shape[1:] == (fc, 8, 4)


def test_the_means_are_subtracted_before_the_padding(thin):
    """As in Caffe: the padding is of zeros, not of black pixels."""
    model = network("vgg16", first_padding=3)
    inner = keras.Model(model.input, model.get_layer("conv1_1_pad").output)
    padded = np.array(inner(np.full((1, 2, 3, 3), 200.0)))
    assert padded.shape == (1, 6, 7, 3)
    centre = np.broadcast_to([200 - 123.68, 200 - 116.779, 200 - 103.939], (2, 3, 3))
    np.testing.assert_allclose(padded[0, 2:-2, 2:-2], centre, rtol=1e-5)
    padded[0, 2:-2, 2:-2] = 0
    assert not padded.any()


def test_other_means():
    """MNC's; and not two."""
    model = network("vgg_a", mean=(122.7717, 115.9465, 102.9801))
    inner = keras.Model(model.input, model.get_layer("mean").output)
    y = inner(np.full((1, 1, 2, 3), 125.0))
    np.testing.assert_allclose(y[0, 0, 0], [2.2283, 9.0535, 22.0199], rtol=1e-5)
    with pytest.raises(ValueError, match="mean must be three numbers.*Received"):
        network("vgg16", mean=(122.7717, 115.9465))


def keras_vgg16(monkeypatch, filters, size=224):
    """What keras.applications.VGG16 is, in the thin table's channels."""
    image = x = keras.Input((size, size, 3))
    for block, (width, count) in enumerate(vgg.VGG16, start=1):
        for i in range(1, count + 1):
            name = f"block{block}_conv{i}"
            x = layers.Conv2D(width, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    x = layers.Flatten(name="flatten")(x)
    for name in ("fc1", "fc2"):
        x = layers.Dense(filters, activation="relu", name=name)(x)
    model = keras.Model(image, x)
    randomise(model)
    monkeypatch.setattr(vgg, "CLASSIFIER_FILTERS", filters)
    return model


def test_imagenet_weights_to_fc7(thin, monkeypatch):
    """The convolutions of the real network: test_pretrained.py."""
    source = keras_vgg16(monkeypatch, 6)
    model = network("vgg16", fully_convolutional=6)
    load_imagenet(model, source)
    x = images(1, 224, 224, 3)
    expected = source(keras.applications.vgg16.preprocess_input(x.copy()))
    assert_close(run(model, x)["fc7"][:, 0, 0], np.asarray(expected))


def test_a_source_without_its_classifier(thin, monkeypatch):
    source = keras_vgg16(monkeypatch, 6)
    source = keras.Model(source.input, source.get_layer("block5_pool").output)
    with pytest.raises(ValueError, match="No such layer: fc1"):
        load_imagenet(network("vgg16", fully_convolutional=6), source)


def test_into_a_network_with_other_layers(thin, monkeypatch):
    """As a decoder's: only layers of exactly these names are set."""
    source = keras_vgg16(monkeypatch, 6, size=32)
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="conv1_1")(image)
    x = layers.Conv2D(4, 3, name="conv1_2_decoder", bias_initializer="ones")(x)
    model = keras.Model(image, x)
    load_imagenet(model, source)
    bias = source.get_layer("block1_conv1").bias
    np.testing.assert_array_equal(model.get_layer("conv1_1").bias, bias)
    np.testing.assert_array_equal(model.get_layer("conv1_2_decoder").bias, np.ones(4))


def test_fc6_of_other_widths_keeps_its_initial_weights(thin, monkeypatch):
    """And the classifier's half gigabyte is then not asked for."""
    asked = []
    source = keras_vgg16(monkeypatch, 6, size=32)

    def application(name, **kwargs):
        asked.append((name, kwargs))
        return source

    monkeypatch.setattr(vgg, "application", application)
    model = network(
        "vgg16", first_padding=100, fully_convolutional=5, weights="imagenet"
    )
    assert asked == [("VGG16", {"include_top": False})]
    for name in ("conv1_2", "conv5_3"):
        twin = source.get_layer(f"block{name[4]}_conv{name[6]}")
        np.testing.assert_array_equal(model.get_layer(name).kernel, twin.kernel)
    first = source.get_layer("block1_conv1").kernel.numpy()
    np.testing.assert_array_equal(model.get_layer("conv1_1").kernel, first[:, :, ::-1])


def test_vgg_a_has_no_imagenet_weights():
    with pytest.raises(ValueError, match='no ImageNet weights for VGG-A.*"vgg16"'):
        network("vgg_a", weights="imagenet")


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"first_padding": 0}, "first_padding=0"),
        ({"first_padding": 1.5}, "first_padding=1.5"),
        ({"fully_convolutional": 0}, "fully_convolutional=0"),
        ({"fully_convolutional": True}, "fully_convolutional=True"),
    ],
)
def test_a_bad_argument_is_named(kwargs, message):
    with pytest.raises(ValueError, match=f"Received: {message}"):
        network("vgg16", **kwargs)


def test_an_image_too_small_for_fc6(thin):
    with pytest.raises(ValueError, match="pool5 is 6x7. Use a larger image or first"):
        network("vgg16", (192, 224, 3), fully_convolutional=4)
    with pytest.raises(ValueError, match="fc6 sees 25x25 pixels of pool5"):
        network("vgg16", (192, 224, 3), fully_convolutional=4, output_stride=8)
