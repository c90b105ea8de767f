"""What a last layer means: labels and probabilities as the network's own."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from kseg.layers import BilinearUpsampling2D
from kseg.models import MODELS, SegNetBasic, UNet
from kseg.models.parts.class_logits import class_logits, is_map_to_map

IMAGE = layers.Input((16, 20, 3))
PIXELS = np.random.default_rng(1).integers(0, 256, (2, 16, 20, 3)).astype("float32")


class Own(layers.Layer):
    """Of which kseg knows nothing."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, x):
        return self.function(x)


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(2)


def conv(channels, activation=None):
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(IMAGE / 255.0)
    # Far apart, and class 0 neither always nor never the largest.
    scale = keras.initializers.RandomNormal(stddev=2.0)
    last = layers.Conv2D(
        channels, 1, activation=activation, kernel_initializer=scale, use_bias=False
    )
    return last(x)


def nested(activation):
    inner = keras.Model(IMAGE, conv(3, activation), name="inner")
    return inner(IMAGE)


def sequential():
    model = keras.Sequential([layers.Input((16, 20, 3)), layers.Rescaling(1 / 255)])
    model.add(layers.Conv2D(1, 1, activation="sigmoid", use_bias=False))
    return model


SOFTMAX = {
    "in the last layer": lambda: conv(3, "softmax"),
    "a layer of its own": lambda: layers.Softmax()(conv(3)),
    "an activation": lambda: layers.Activation("softmax")(conv(3)),
    "a function": lambda: ops.softmax(conv(3)),
    "before a reshape": lambda: layers.Reshape((16, 20, 3))(
        layers.Activation("softmax")(layers.Reshape((320, 3))(conv(3)))
    ),
    "before an upsampling": lambda: layers.UpSampling2D(2, interpolation="bilinear")(
        conv(3, "softmax")
    ),
    "before an upsampling of kseg's": lambda: BilinearUpsampling2D(2)(
        conv(3, "softmax")
    ),
    "in a network inside": lambda: nested("softmax"),
    "unknown, seen by its values": lambda: Own(ops.softmax)(conv(3)),
}
SIGMOID = {
    "in the last layer": lambda: conv(1, "sigmoid"),
    "an activation": lambda: layers.Activation("sigmoid")(conv(1)),
    "a function": lambda: ops.sigmoid(conv(1)),
    "a dense layer": lambda: layers.Dense(1, activation="sigmoid")(conv(4)),
    "hard": lambda: conv(1, "hard_sigmoid"),
}


def outputs(model, found):
    """The model's own values, and the logits and probabilities of the other."""
    logits = found.predict(PIXELS, verbose=0)
    return model.predict(PIXELS, verbose=0), logits, np.array(ops.softmax(logits))


@pytest.mark.parametrize("end", SOFTMAX)
def test_a_softmax_gives_its_probabilities(end):
    model = keras.Model(IMAGE, SOFTMAX[end](), name="mine")
    found = class_logits(model)
    values, logits, probabilities = outputs(model, found)
    np.testing.assert_allclose(probabilities, values, atol=1e-6)
    np.testing.assert_array_equal(logits.argmax(-1), values.argmax(-1))
    assert found.name == "mine" and logits.min() < 0
    assert len(np.unique(values.argmax(-1))) > 1


@pytest.mark.parametrize("end", SIGMOID)
@pytest.mark.parametrize("gives", [None, "probabilities"])
def test_a_sigmoid_of_one_channel_is_two_classes_cut_at_a_half(end, gives):
    model = keras.Model(IMAGE, SIGMOID[end]())
    values, logits, probabilities = outputs(model, class_logits(model, gives))
    np.testing.assert_allclose(probabilities[..., 1], values[..., 0], atol=1e-6)
    np.testing.assert_array_equal(logits.argmax(-1), values[..., 0] > 0.5)
    assert 0 < np.mean(values > 0.5) < 1


def test_a_sequential_network_too():
    model = sequential()
    model.layers[-1].set_weights([np.array([[[[4.0], [-3.0], [-1.0]]]])])
    values, logits, _ = outputs(model, class_logits(model))
    np.testing.assert_array_equal(logits.argmax(-1), values[..., 0] > 0.5)


def test_exactly_a_half_is_background():
    model = keras.Model(IMAGE, ops.sigmoid(conv(1) * 0))
    assert class_logits(model).predict(PIXELS, verbose=0).argmax(-1).max() == 0


@pytest.mark.parametrize("gives, cut", [("logits", 0), ("probabilities", 0.5)])
@pytest.mark.parametrize("end", [lambda: conv(1), lambda: Own(ops.tanh)(conv(1))])
def test_one_channel_without_a_sigmoid_is_asked_about(gives, cut, end):
    model = keras.Model(IMAGE, end())
    with pytest.raises(ValueError, match="1 channel and .*gives='logits'.*over 0.5"):
        class_logits(model)
    values, logits, _ = outputs(model, class_logits(model, gives))
    np.testing.assert_array_equal(logits.argmax(-1), values[..., 0] > cut)


@pytest.mark.parametrize(
    "end", [lambda: conv(3, "sigmoid"), lambda: Own(ops.sigmoid)(conv(3))]
)
def test_a_sigmoid_of_several_channels_is_asked_about(end):
    model = keras.Model(IMAGE, end())
    with pytest.raises(ValueError, match="3 channels and .*'independent' if it may be"):
        class_logits(model)
    values, logits, _ = outputs(model, class_logits(model, "probabilities"))
    np.testing.assert_array_equal(logits.argmax(-1), values.argmax(-1))
    values, logits, _ = outputs(model, class_logits(model, "independent"))
    expected = np.where(values.max(-1) > 0.5, values.argmax(-1) + 1, 0)
    np.testing.assert_array_equal(logits.argmax(-1), expected)
    assert {0, 1} < set(np.unique(expected))


@pytest.mark.parametrize(
    "end",
    [
        lambda: conv(3),
        lambda: conv(3, "relu"),
        lambda: layers.BatchNormalization()(conv(3)),
        lambda: layers.Add()([conv(3), conv(3)]),
        lambda: Own(lambda x: 2 * x)(conv(3)),
        lambda: nested(None),
    ],
)
@pytest.mark.parametrize("gives", [None, "logits"])
def test_logits_are_left_as_they_are(end, gives):
    model = keras.Model(IMAGE, end())
    assert class_logits(model, gives) is model


@pytest.mark.parametrize(
    "build",
    [
        lambda: UNet(3, (None, None, 3), padding="same", base_filters=2, depth=1),
        lambda: SegNetBasic(3, (32, 32, 3), filters=4),
        lambda: MODELS["BackboneUNet"](2, (64, 64, 3), backbone="mobilenet_v2"),
        lambda: MODELS["FCN8s"](2, (64, 64, 3), backbone="mobilenet_v2"),
    ],
)
def test_the_networks_of_kseg_are_known_without_trying(build, monkeypatch):
    monkeypatch.setattr(keras.Model, "predict_on_batch", None)
    model = build()
    assert class_logits(model) is model


@pytest.mark.parametrize(
    "activation, gives", [("softmax", "independent"), ("sigmoid", "logits")]
)
def test_what_the_last_layer_is_not(activation, gives):
    model = keras.Model(IMAGE, conv(3, activation))
    with pytest.raises(ValueError, match=f"ends with a {activation}.*gives='{gives}'"):
        class_logits(model, gives)
    with pytest.raises(ValueError, match="gives must be one of"):
        class_logits(model, "labels")


def test_maps():
    model = keras.Model(IMAGE, conv(1))
    assert is_map_to_map(model) and is_map_to_map(sequential())
    for output in ({"a": conv(1)}, [conv(1)], layers.Flatten()(conv(1))):
        assert not is_map_to_map(keras.Model(IMAGE, output))
