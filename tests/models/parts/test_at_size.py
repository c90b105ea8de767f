"""Networks at another size: any functional one, and those with a way of their own."""

import keras
import numpy as np
import pytest

from kseg.models import UNet, at_size
from tests.models.tiny_rcnn import tiny, unallocated

PIXELS = np.random.default_rng(0).integers(0, 256, (1, 48, 32, 3)).astype("float32")


def unet(height=32, width=48):
    options = dict(base_filters=2, depth=2, padding="same", dropout=0.0)
    return UNet(2, (height, width, 3), **options)


def dense():
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]
    return keras.Sequential(layers)


def test_where_nothing_changes_it_is_the_network_itself():
    model = unet()
    assert at_size(model) is model
    assert at_size(model, (32, 48), float32=True) is model


@pytest.mark.parametrize("size", [(48, 32), (None, None)])
def test_a_functional_network_is_cloned_with_its_weights(size):
    model = unet()
    other = at_size(model, size)
    assert other.input_shape == (None, *size, 3)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    turned = model.predict(PIXELS.transpose(0, 2, 1, 3), verbose=0)
    assert other.predict(PIXELS, verbose=0).shape == (1, 48, 32, 2)
    if size == (None, None):
        logits = other.predict(PIXELS.transpose(0, 2, 1, 3), verbose=0)
        np.testing.assert_allclose(logits, turned, atol=1e-5)


def test_what_is_frozen_stays_so():
    model = unet()
    model.get_layer("bottom_conv1").trainable = False
    other = at_size(model, (64, 64))
    assert len(other.trainable_weights) == len(model.trainable_weights)
    assert not other.get_layer("bottom_conv1").trainable


def test_a_network_of_objects_is_built_anew_from_its_arguments():
    model = tiny("c4")
    other = at_size(model, (96, 64))
    assert type(other) is type(model) and other.input_shape == (None, 96, 64, 3)
    config = {**model.get_config(), "input_shape": (96, 64, 3)}
    assert {k: v for k, v in other.get_config().items() if k != "backbone"} == {
        k: v for k, v in config.items() if k != "backbone"
    }
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    boxes = other.predict(PIXELS.repeat(2, 1).repeat(2, 2)[:, :96], verbose=0)["boxes"]
    assert 64 < boxes[..., 2].max() <= 96 and boxes[..., 3].max() <= 64


@pytest.mark.parametrize("build", [unet, lambda: unallocated(build=tiny)])
def test_float32_whatever_it_was_trained_in(build):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build()
    finally:
        keras.config.set_dtype_policy("float32")
    kept = at_size(model, (64, 64))
    whole = at_size(kept, float32=True)

    def dtypes(network):
        return {x.compute_dtype for x in network._flatten_layers(include_self=False)}

    assert "bfloat16" in dtypes(kept)
    assert dtypes(whole) == {"float32"}
    assert whole.input_shape == kept.input_shape == (None, 64, 64, 3)


def test_a_way_of_its_own():
    class Own(keras.Model):
        def at_size(self, size, float32=False):
            return "built", size, float32

    image = keras.Input((8, 8, 3))
    model = Own(image, keras.layers.Conv2D(2, 1)(image))
    assert at_size(model, (9, 9)) == ("built", (9, 9), False)


def test_layers_that_hold_a_size_are_not_taken_along():
    image = keras.Input((8, 8, 3))
    features = keras.layers.Conv2D(2, 1)(image)
    model = keras.Model(image, {"a": features, "b": features})
    assert at_size(model, float32=True) is model
    with pytest.raises(ValueError, match="9 x 8: it gives several outputs"):
        at_size(model, (9, 8))


@pytest.mark.parametrize(
    "model, size, message",
    [
        (unet, (30, 48), "(?s)built for images of 30 x 48: .*multiple of 4"),
        (lambda: unallocated(build=tiny), (70, 96), "of 70 x 96: .*multiples of 32"),
        (dense, (9, 8), "of 9 x 8"),
    ],
)
def test_an_impossible_size(model, size, message):
    with pytest.raises(ValueError, match=message):
        at_size(model(), size)


def test_what_takes_no_image():
    two = [keras.Input((8, 8, 3), name=name) for name in "ab"]
    for model in (keras.Model(two, two), keras.Sequential()):
        with pytest.raises(ValueError, match="a functional model of one image"):
            at_size(model, (9, 9))
