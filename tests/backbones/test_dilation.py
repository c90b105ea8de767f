"""Output stride by dilation: the same numbers on a denser grid."""

import math

import keras
import numpy as np
import pytest

from kseg.backbones import efficientnet_lite, mobilenet, resnet, vgg
from kseg.backbones.dilation import atrous, max_pool_2x2
from tests.backbones.networks import assert_close, images, network, randomise, run

# Even and odd maps at every stride from 8 on.
HEIGHT, WIDTH = 64, 72


def test_the_rule():
    strides = [2, 2, 2, 2, 1, 2, 1]
    assert atrous(strides, 32) == [(n, 1) for n in strides]
    assert atrous(strides, 16) == [*[(2, 1)] * 4, (1, 1), (1, 1), (1, 2)]
    assert atrous(strides, 8) == [*[(2, 1)] * 3, (1, 1), (1, 2), (1, 2), (1, 4)]


@pytest.mark.parametrize("output_stride", [4, 64, None, "16"])
def test_another_output_stride(output_stride):
    with pytest.raises(ValueError, match="one of 32, 16, 8. Received: output_stride="):
        network("vgg_a", output_stride=output_stride)


@pytest.fixture
def thin(monkeypatch):
    """Networks of fewer channels and blocks: the same wiring."""
    monkeypatch.setattr(vgg, "VGG16", ((4, 2), (6, 2), (6, 3), (8, 3), (8, 3)))
    monkeypatch.setattr(vgg, "VGG_A", ((4, 1), (6, 1), (6, 2), (8, 2), (8, 2)))
    monkeypatch.setitem(resnet.BLOCKS, 18, (1, 1, 2, 2))
    monkeypatch.setitem(resnet.BLOCKS, 50, (1, 1, 2, 2))
    monkeypatch.setattr(resnet, "FILTERS", (8, 12, 16, 20))
    rows = mobilenet.V3_SMALL
    monkeypatch.setattr(mobilenet, "V3_SMALL", rows[:2] + rows[3:5] + rows[8:10])
    stages = efficientnet_lite.STAGES
    stages = tuple((min(n, 1 + (s > 1)), k, s, *row) for n, k, s, *row in stages)
    monkeypatch.setattr(efficientnet_lite, "STAGES", stages)


def same_padding_offset(size, strides):
    """Where the first sample of a strided chain lies on the dense grid.

    "same" pads an even map by one pixel more below than above, so that the strided
    3x3 or 5x5 filter is centred on every second pixel from the second on.
    """
    offset, step = 0, 1
    for _ in range(strides):
        offset += step * (size % 2 == 0)
        step, size = 2 * step, math.ceil(size / 2)
    return offset


@pytest.mark.parametrize(
    "name, kwargs, even_padding",
    [
        ("vgg16", {"first_padding": 90, "fully_convolutional": 5}, True),
        ("vgg_a", {}, True),
        ("resnet18", {}, True),
        ("resnet50", {}, True),
        ("resnet50", {"stride_in": "3x3"}, True),
        ("mobilenet_v3_small", {}, False),
        ("efficientnet_lite0", {}, False),
    ],
)
def test_the_strided_networks_values_are_among_the_dense_ones(
    name, kwargs, even_padding, thin
):
    strided = network(name, **kwargs)
    randomise(strided)
    for layer in strided.layers:
        if layer.name.endswith("_se_expand"):
            # Gates that do not depend on the map's mean: dilation changes the mean.
            layer.kernel.assign(np.zeros(layer.kernel.shape))
    x = images(1, HEIGHT, WIDTH, 3)
    expected = run(strided, x)
    for output_stride in (16, 8):
        dense = network(name, output_stride=output_stride, **kwargs)
        dense.set_weights(strided.get_weights())
        found = run(dense, x)
        for level, value in expected.items():
            stride = 2 ** (5 if level == "fc7" else int(level[1]))
            factor = max(1, stride // output_stride)
            top = left = 0
            if not even_padding:
                removed = int(math.log2(factor))
                sizes = found[level].shape[1:3]
                top, left = (same_padding_offset(n, removed) for n in sizes)
            assert_close(found[level][:, top::factor, left::factor], value)


@pytest.mark.parametrize("output_stride", [32, 16, 8])
def test_sizes(output_stride, thin):
    model = network("resnet18", output_stride=output_stride)
    for level, value in run(model, images(1, HEIGHT, WIDTH, 3)).items():
        stride = min(2 ** int(level[1]), output_stride)
        sides = (math.ceil(HEIGHT / stride), math.ceil(WIDTH / stride))
        assert value.shape[1:3] == sides


def test_squeeze_and_excitation_alone_keeps_dilation_from_being_exact(thin):
    """The departure that mobilenet.py states: the gates' means have more samples."""
    strided, dense = (network("mobilenet_v3_small", output_stride=n) for n in (32, 16))
    randomise(strided)
    for layer in strided.layers:
        if layer.name.endswith("_se_expand"):
            layer.kernel.assign(layer.kernel * 100)  # the means matter
    dense.set_weights(strided.get_weights())
    x = images(1, HEIGHT, WIDTH, 3)
    expected, found = run(strided, x), run(dense, x)
    np.testing.assert_allclose(found["c4"], expected["c4"], rtol=1e-4, atol=1e-5)
    difference = np.abs(found["c5"][:, 1::2, ::2] - expected["c5"]).max()
    assert difference > 1e-3 * np.abs(expected["c5"]).max()


@pytest.mark.parametrize("dilation", [1, 2, 4])
def test_the_pool_of_stride_1(dilation):
    """Against loops: the maximum of up to four pixels, dilation apart."""
    x = np.random.default_rng(0).uniform(0, 1, (2, 5, 3, 2)).astype("float32")
    image = keras.Input(x.shape[1:])
    model = keras.Model(image, max_pool_2x2(image, 1, dilation, name="pool"))
    expected = np.empty_like(x)
    for i in range(5):
        for j in range(3):
            window = x[
                :, i : i + dilation + 1 : dilation, j : j + dilation + 1 : dilation
            ]
            expected[:, i, j] = window.max(axis=(1, 2))
    np.testing.assert_array_equal(model(x), expected)
