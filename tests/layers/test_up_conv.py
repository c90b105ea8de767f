"""UpConv2D: the layer contract, Keras's own layer, its initial weights."""

import keras
import numpy as np
import pytest

from kseg.layers import UpConv2D
from tests.contract import check_layer


@pytest.mark.parametrize("activation", [None, "relu"])
def test_contract(activation, tmp_path):
    def build(**kwargs):
        return UpConv2D(6, activation, **kwargs)

    check_layer(build, (2, 3, 5, 4), (2, 6, 10, 6), tmp_path)


@pytest.mark.parametrize("activation", [None, "relu"])
def test_exchanges_weights_with_conv2dtranspose(activation):
    theirs = keras.layers.Conv2DTranspose(
        6, 2, strides=2, activation=activation, bias_initializer="normal"
    )
    ours = UpConv2D(6, activation)
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype("float32")
    expected, _ = theirs(x), ours(x)
    ours.set_weights(theirs.get_weights())
    np.testing.assert_allclose(ours(x), expected, rtol=1e-5, atol=1e-5)


def test_initial_kernel_keeps_the_variance_of_a_relu_network():
    keras.utils.set_random_seed(0)
    layer = UpConv2D(64)
    layer.build((None, None, None, 128))
    kernel = keras.ops.convert_to_numpy(layer.kernel)
    assert np.std(kernel) == pytest.approx(np.sqrt(2 / 128), rel=0.02)
    assert np.all(keras.ops.convert_to_numpy(layer.bias) == 0)


@pytest.mark.parametrize("filters", [0, -1, 2.5])
def test_refuses_filters(filters):
    with pytest.raises(ValueError, match="filters must be"):
        UpConv2D(filters)


def test_refuses_an_activation_over_channels():
    with pytest.raises(ValueError, match="Received: activation='softmax'"):
        UpConv2D(4, "softmax")
