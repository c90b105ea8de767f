"""What every backbone promises, and a model of one's own as a backbone."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.backbones import BACKBONES, features
from tests.backbones.networks import (
    assert_close,
    images,
    network,
    randomise,
    run,
    shared,
)

# Trainable parameters of convolutions and of batch norms, and channels of c1 to c5.
# VGG and ResNet: the published networks without their fully connected layers.
NETWORKS = {
    "efficientnet_lite0": (2_919_392, 39_456, (16, 24, 40, 112, 320)),
    "efficientnet_lite1": (3_672_416, 51_104, (16, 24, 40, 112, 320)),
    "efficientnet_lite2": (4_302_416, 55_536, (16, 24, 48, 120, 352)),
    "mobilenet_v2": (1_780_160, 31_552, (16, 24, 32, 96, 320)),
    "mobilenet_v3_large": (2_793_952, 22_480, (16, 24, 40, 112, 160)),
    "mobilenet_v3_small": (859_600, 10_960, (16, 16, 24, 48, 96)),
    "resnet18": (11_166_912, 9_600, (64, 64, 128, 256, 512)),
    "resnet34": (21_267_648, 17_024, (64, 64, 128, 256, 512)),
    "resnet50": (23_454_912, 53_120, (64, 256, 512, 1024, 2048)),
    "resnet101": (42_394_816, 105_344, (64, 256, 512, 1024, 2048)),
    "vgg16": (14_714_688, 0, (64, 128, 256, 512, 512)),
    "vgg_a": (9_220_480, 0, (64, 128, 256, 512, 512)),
}
# One for each way that a network is put together.
SMALL = ("mobilenet_v3_small", "efficientnet_lite0", "resnet18", "vgg_a")


def test_all_names_are_known():
    assert set(NETWORKS) == set(BACKBONES)


@pytest.mark.parametrize("name", NETWORKS)
def test_parameters_and_shapes(name):
    convolutions, norms, channels = NETWORKS[name]
    model = shared(name)
    counts = {True: 0, False: 0}
    for layer in model.layers:
        is_norm = type(layer).__name__ == "BatchNorm"
        counts[is_norm] += sum(math.prod(w.shape) for w in layer.trainable_weights)
    assert counts == {True: norms, False: convolutions}
    # Flat: no model inside the model, so that every layer can be found by its name.
    assert not any(isinstance(layer, keras.Model) for layer in model.layers)
    for size in ((37, 70), (1, 5)):
        maps = model.compute_output_shape((2, *size, 3))
        for k, depth in enumerate(channels, start=1):
            sides = tuple(math.ceil(n / 2**k) for n in size)
            assert maps[f"c{k}"] == (2, *sides, depth)


@pytest.mark.parametrize("name", SMALL)
def test_runs_on_odd_sizes_and_both_types(name):
    model = shared(name)
    x = images(2, 37, 70, 3)
    maps = run(model, x)
    for level, value in run(model, x.astype("uint8")).items():
        assert_close(value, maps[level])
        assert value.shape == model.compute_output_shape(x.shape)[level]


@pytest.mark.parametrize("name", SMALL)
def test_every_weight_has_a_gradient(name):
    model = shared(name)
    with tf.GradientTape() as tape:
        maps = model(images(2, 64, 96, 3), training=True)
        # Each map by itself: what a later normalisation would cancel must count too.
        loss = sum(tf.reduce_mean(tf.abs(value)) for value in maps.values())
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all(), variable.path
        assert np.any(gradient), variable.path


@pytest.mark.parametrize("name", SMALL)
def test_mixed_precision(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = network(name, (64, 96, 3))
    finally:
        keras.config.set_dtype_policy(before)
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    exact = shared(name)
    exact.set_weights(model.get_weights())
    x = images(1, 64, 96, 3)
    expected = run(exact, x)
    for level, value in model(x, training=False).items():
        assert value.dtype == "bfloat16"
        value = keras.ops.convert_to_numpy(keras.ops.cast(value, "float32"))
        assert_close(value, expected[level], tolerance=0.1)


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_weights_from_a_path(suffix, tmp_path):
    """Also where the backbone does not begin at the image itself."""
    saved = shared("mobilenet_v3_small")
    randomise(saved)
    path = tmp_path / f"trunk{suffix}"
    (saved.save if suffix == ".keras" else saved.save_weights)(path)
    image = keras.Input((None, None, 3))
    shifted = keras.layers.Rescaling(1.0, name="before")(image)
    maps = features("mobilenet_v3_small", shifted, weights=path)
    x = images(1, 64, 96, 3)
    expected = run(saved, x)
    for level, value in run(keras.Model(image, maps), x).items():
        np.testing.assert_array_equal(value, expected[level])


def test_a_keras_file_holds_a_network_with_a_backbone(tmp_path):
    model = network("vgg_a", output_stride=8)
    model.save(tmp_path / "model.keras")
    x = images(1, 40, 56, 3)
    loaded, expected = keras.models.load_model(tmp_path / "model.keras"), run(model, x)
    for level, value in run(loaded, x).items():
        np.testing.assert_array_equal(value, expected[level])


def test_a_model_as_backbone():
    """Its maps, its weights: shared, not copied."""
    mine = shared("mobilenet_v3_small")
    image = keras.Input((64, 96, 3))
    maps = features(mine, image)
    assert maps["c4"].shape == (None, 4, 6, 48)
    model = keras.Model(image, maps["c4"])
    x = images(1, 64, 96, 3)
    np.testing.assert_array_equal(model(x, training=False), run(mine, x)["c4"])
    assert model.trainable_variables[0] is mine.trainable_variables[0]


@pytest.mark.parametrize(
    "kwargs",
    [
        {"weights": "imagenet"},
        {"output_stride": 16},
        {"weights": "a.weights.h5"},
        {"epsilon": 0.0},
    ],
)
def test_a_model_brings_its_weights_and_stride(kwargs):
    image = keras.Input((64, 96, 3))
    with pytest.raises(
        ValueError, match="brings its weights and its stride. Received:"
    ):
        features(keras.Model(image, {"c1": image}), image, **kwargs)


@pytest.mark.parametrize("name", ["vgg_a", "efficientnet_lite0"])
def test_an_option_that_the_backbone_does_not_have(name):
    with pytest.raises(ValueError, match=f"'{name}' does not take .*Received: .*eps"):
        features(name, keras.Input((64, 96, 3)), epsilon=1e-5)


def test_options_of_a_backbone_by_its_name():
    maps = features("vgg_a", keras.Input((64, 96, 3)), mean=(0.0, 0.0, 1.0))
    assert maps["c5"].shape == (None, 2, 3, 512)


@pytest.mark.parametrize("outputs", ["one", "some"])
def test_a_model_that_is_no_backbone(outputs):
    image = keras.Input((64, 96, 3))
    model = keras.Model(image, image if outputs == "one" else {"c1": image, "p": image})
    found = "KerasTensor" if outputs == "one" else r"\['c1', 'p'\]"
    with pytest.raises(ValueError, match=f"a dict with the maps c1.*Received: {found}"):
        features(model, image)


def halving(sides=(None, None), dense=None):
    """A model whose maps halve, but for the one named ``dense``."""
    x = image = keras.Input((*sides, 1))
    maps = {}
    for k in range(1, 6):
        stride = 1 if f"c{k}" == dense else 2
        x = keras.layers.AveragePooling2D(stride, padding="same")(x)
        maps[f"c{k}"] = x
    return keras.Model(image, maps)


@pytest.mark.parametrize("sides", [(None, None), (70, 33)])
def test_a_model_of_other_strides(sides):
    image = keras.Input((*sides, 1))
    assert features(halving(sides), image)["c5"].shape[-1] == 1
    size = "64 x 96" if sides[0] is None else "70 x 33"
    for level, stride in (("c5", 32), ("c2", 4)):
        with pytest.raises(
            ValueError, match=f"return {level} of stride {stride}, .* {size}. Received:"
        ):
            features(halving(sides, dense=level), image)


class Subclassed(keras.Model):
    """Maps that halve, from a model without inputs of its own; c3 does not."""

    def call(self, x):
        maps = {}
        for k in range(1, 6):
            maps[f"c{k}"] = x = x if k == 3 else keras.ops.max_pool(x, 2, 2, "same")
        return maps


def test_a_subclass_of_model_of_other_strides():
    with pytest.raises(ValueError, match="return c3 of stride 8.*Received: c3 of"):
        features(Subclassed(), keras.Input((None, None, 3)))


def test_a_model_with_a_map_that_is_none():
    image = keras.Input((64, 96, 1))
    maps = dict(halving()(image))
    maps["c3"] = keras.layers.GlobalAveragePooling2D()(maps["c3"])
    with pytest.raises(ValueError, match=r"c3 of stride 8.*Received: c3 of shape \(No"):
        features(keras.Model(image, maps), image)


@pytest.mark.parametrize("name", BACKBONES)
def test_other_channels_than_three(name):
    """VGG and ResNet refuse them, the others where the weights are ImageNet's."""
    gray, fixed = keras.Input((64, 96, 1)), name.startswith(("vgg", "resnet"))
    # That nothing is downloaded: the channels are looked at first.
    for weights in (None, "imagenet") if fixed else ("imagenet",):
        with pytest.raises(
            ValueError, match="3 channels. Received: 1 .*--channels 3.*weights=None"
        ):
            features(name, gray, weights=weights)
    if not fixed:
        with keras.StatelessScope(initialize_variables=False):
            assert features(name, gray)["c5"].shape[1:3] == (2, 3)


@pytest.mark.parametrize("name", ["resnet20", "VGG16", None, 18, ["vgg16"]])
def test_an_unknown_name(name):
    with pytest.raises(
        ValueError, match="one of efficientnet_lite0, .*Received: backb"
    ):
        features(name, keras.Input((64, 96, 3)))
