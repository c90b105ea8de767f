"""Upsampling layers: the layer contract, open sizes, XLA."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.layers import BilinearUpsampling2D, NearestUpsampling2D
from tests.contract import check_layer

X = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype("float32")


@pytest.mark.parametrize("layer", [BilinearUpsampling2D, NearestUpsampling2D])
def test_contract(layer, tmp_path):
    def build(**kwargs):
        return layer(8, **kwargs)

    check_layer(build, (2, 3, 5, 4), (2, 24, 40, 4), tmp_path)


def test_a_savedmodel_of_open_size(tmp_path):
    inputs = keras.Input((None, None, 4))
    layer = BilinearUpsampling2D(4)
    model = keras.Model(inputs, layer(inputs))
    model.export(str(tmp_path / "model"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "model")).serve
    for x in (X, X[:1, :2]):
        np.testing.assert_allclose(served(x), layer(x), atol=1e-6)


def test_compiles_under_xla():
    layer = BilinearUpsampling2D(4)
    compiled = tf.function(layer, jit_compile=True)
    np.testing.assert_allclose(compiled(X), layer(X), atol=1e-6)


@pytest.mark.parametrize("factor", [0, 1.5])
def test_refuses_a_factor(factor):
    with pytest.raises(ValueError, match=f"Received: factor={factor}"):
        BilinearUpsampling2D(factor)
