"""A frozen batch norm: by hand, the contract, and that nothing trains it."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from kseg.layers import BatchNorm, FrozenAffine
from kseg.layers.frozen_affine import fold_batch_norm
from tests.contract import check_layer

SHAPE = (2, 3, 5, 4)


def test_by_hand():
    layer = FrozenAffine()
    layer.build((None, 2))
    layer.set_weights([np.array([2.0, -1.0]), np.array([0.5, 3.0])])
    assert layer(np.array([[1.0, 2.0]])).numpy().tolist() == [[2.5, 1.0]]
    assert not layer.trainable_weights
    layer.trainable = True
    assert not layer.trainable_weights and len(layer.weights) == 2


def test_contract(tmp_path):
    check_layer(FrozenAffine, SHAPE, SHAPE, tmp_path)


def test_folded_it_is_the_batch_norm():
    rng = np.random.default_rng(0)
    x = rng.normal(size=SHAPE).astype("float32")
    norm, affine = BatchNorm(epsilon=0.3), FrozenAffine()
    norm.build(SHAPE), affine.build(SHAPE)
    weights = [rng.uniform(0.5, 2, 4) for _ in range(4)]
    norm.set_weights(weights)
    affine.set_weights(fold_batch_norm(*weights, 0.3))
    np.testing.assert_allclose(affine(x), norm(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(0, 3, 5, 4), (7, 4)])
def test_of_no_images_and_of_other_axes(shape):
    assert FrozenAffine()(np.ones(shape, "float32")).shape == shape


def test_behind_a_convolution_it_costs_nothing(tmp_path):
    """The converter folds it into the convolution, as it does a batch norm."""
    keras.utils.set_random_seed(0)
    image = keras.Input((6, 7, 3))
    y = keras.layers.Conv2D(4, 3, use_bias=False)(image)
    layer = FrozenAffine()
    model = keras.Model(image, layer(y))
    layer.set_weights([np.array([1.5, 2, -1, 3]), np.array([0.1, 0.2, 0.3, 0.4])])
    model.export(tmp_path, verbose=False)
    content = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path)).convert()
    found = Interpreter(model_content=content)._get_ops_details()
    assert [op["op_name"] for op in found if op["op_name"] != "DELEGATE"] == ["CONV_2D"]
