"""BilinearDeconv2D and Bilinear: the contract, and Keras's transposed convolution."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import Bilinear, BilinearDeconv2D
from tests.contract import check_layer


def test_contract(tmp_path):
    def build(**kwargs):
        return BilinearDeconv2D(8, **kwargs)

    check_layer(build, (2, 3, 5, 4), (2, 32, 48, 4), tmp_path)


def transposed(channels, factor, padding=0):
    start = Bilinear(padding)
    size = 2 * factor + 2 * padding
    return keras.layers.Conv2DTranspose(
        channels, size, factor, use_bias=False, kernel_initializer=start
    )


@pytest.mark.parametrize("factor", [2, 8, 16, 32])
def test_equals_a_transposed_convolution_that_starts_bilinear(factor):
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype("float32")
    fixed, learned = BilinearDeconv2D(factor), transposed(4, factor)
    np.testing.assert_allclose(fixed(x), learned(x), atol=3e-6)
    assert fixed.count_params() == 0
    assert learned.count_params() == (2 * factor * 4) ** 2


def test_a_learned_one_survives_a_file(tmp_path):
    inputs = keras.Input((3, 5, 2))
    model = keras.Model(inputs, transposed(2, 4, padding=3)(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.layers[-1].kernel_initializer.padding == 3
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_compiles_under_xla():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype("float32")
    layer = BilinearDeconv2D(8)
    compiled = tf.function(layer, jit_compile=True)
    np.testing.assert_allclose(compiled(x), layer(x), atol=1e-6)


def test_padding_is_zeros_around_the_kernel():
    kernel = np.asarray(Bilinear(padding=2)((8, 8, 3, 3)))
    profile = [0, 0, 0.25, 0.75, 0.75, 0.25, 0, 0]
    np.testing.assert_array_equal(kernel[:, :, 1, 1], np.outer(profile, profile))
    np.testing.assert_array_equal(kernel[2:6, 2:6], Bilinear()((4, 4, 3, 3)))


BAD_SHAPES = [(4, 6, 3, 3), (6, 6, 3, 3), (4, 4, 3, 2), (0, 0, 3, 3)]


@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("shape", BAD_SHAPES)
def test_bilinear_refuses_a_shape(shape, padding):
    shape = (shape[0] + 2 * padding, shape[1] + 2 * padding, *shape[2:])
    with pytest.raises(ValueError, match=r"Received: shape=\("):
        Bilinear(padding)(shape)


@pytest.mark.parametrize("padding", [-1, 1.0, True])
def test_bilinear_refuses_a_padding(padding):
    with pytest.raises(ValueError, match=f"Received: padding={padding}"):
        Bilinear(padding)


@pytest.mark.parametrize("factor", [3, 0])
def test_refuses_a_factor(factor):
    with pytest.raises(ValueError, match=f"Received: {factor}"):
        BilinearDeconv2D(factor)
