"""MaxPoolingWithIndices2D and MaxUnpooling2D: the layer contract, sizes, messages."""

import keras
import numpy as np
import pytest

from kseg.layers import MaxPoolingWithIndices2D, MaxUnpooling2D
from tests.contract import check_layer
from tests.reference import pooling as reference

RNG = np.random.default_rng(0)


@keras.saving.register_keras_serializable(package="tests")
class PoolAndUnpool(keras.layers.Layer):
    """Both layers as one of one input and output, which the contract asks for."""

    def __init__(self, like, **kwargs):
        super().__init__(**kwargs)
        self.like = like

    def build(self, input_shape):
        self.pool = MaxPoolingWithIndices2D(dtype=self.dtype_policy)
        self.unpool = MaxUnpooling2D(dtype=self.dtype_policy)

    def call(self, inputs):
        return self.unpool([*self.pool(inputs), *([inputs] if self.like else [])])

    def compute_output_shape(self, input_shape):
        pooled = MaxPoolingWithIndices2D().compute_output_shape(input_shape)
        like = [input_shape] if self.like else []
        return MaxUnpooling2D().compute_output_shape([*pooled, *like])

    def get_config(self):
        return {**super().get_config(), "like": self.like}


@pytest.mark.parametrize(
    "like, output_shape", [(True, (2, 3, 5, 4)), (False, (2, 4, 6, 4))]
)
def test_contract(like, output_shape, tmp_path):
    def build(**kwargs):
        return PoolAndUnpool(like, **kwargs)

    check_layer(build, (2, 3, 5, 4), output_shape, tmp_path)


def test_saved_on_their_own_in_a_model(tmp_path):
    image = keras.Input((None, None, 2))
    pooled, indices = MaxPoolingWithIndices2D(name="pool1")(image)
    y = MaxUnpooling2D(name="unpool1")([pooled, indices, image])
    model = keras.Model(image, [indices, y])
    assert [t.shape for t in model.outputs] == [(None, None, None, 2)] * 2
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x = RNG.integers(-4, 5, (2, 5, 6, 2)).astype("float32")
    pooled, indices = reference.max_pool_with_indices(x)
    for found in (model(x), loaded.predict(x, verbose=0)):
        np.testing.assert_array_equal(found[0], indices)
        expected = reference.max_unpool(pooled, indices, (5, 6))
        np.testing.assert_array_equal(found[1], expected)


def test_symbolic_shapes():
    pool, unpool = MaxPoolingWithIndices2D(), MaxUnpooling2D()
    pooled, indices = pool(keras.KerasTensor((None, 45, 60, 7)))
    assert pooled.shape == indices.shape == (None, 23, 30, 7)
    assert unpool([pooled, indices]).shape == (None, 46, 60, 7)
    # Of the map before pooling only the size counts, not its channels.
    like = keras.KerasTensor((None, 45, 60, 3))
    assert unpool([pooled, indices, like]).shape == (None, 45, 60, 7)


def test_trains_what_stands_before_and_between_them():
    image = keras.Input((6, 5, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="before")(image)
    pooled, indices = MaxPoolingWithIndices2D()(x)
    y = keras.layers.Conv2D(4, 1, name="between")(pooled)
    y = MaxUnpooling2D()([y, indices, x])
    model = keras.Model(image, y)
    old = model.get_weights()
    model.compile("sgd", "mse", jit_compile=False)
    images = RNG.normal(size=(2, 6, 5, 3)).astype("float32")
    model.fit(images, RNG.normal(size=(2, 6, 5, 4)), verbose=0)
    for before, after in zip(old, model.get_weights(), strict=True):
        assert np.any(before != after)


@pytest.mark.parametrize("count", [1, 4])
def test_refuses_another_number_of_inputs(count):
    with pytest.raises(ValueError, match=f"x, indices, like.*Received: {count} inp"):
        MaxUnpooling2D()([np.zeros((1, 2, 2, 1), "float32")] * count)


def test_refuses_a_map_of_another_size():
    x = np.zeros((1, 3, 3, 1), "float32")
    with pytest.raises(ValueError, match="rounded up"):
        MaxUnpooling2D()([x, x, np.zeros((1, 5, 7, 1), "float32")])
