"""Networks of a user's own: the label map of the file is what the last layer means."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import kseg
from kseg import bundle
from kseg.errors import BundleError, ExportError
from kseg.export import to_saved_model, to_tflite
from kseg.export.flatbuffer.quantize import FORMATS

IMAGES = list(np.random.default_rng(0).integers(0, 256, (4, 32, 48, 3), np.uint8))
CHECK = (IMAGES, None)


def network(channels, activation=None):
    """As a user writes it; the last layer has no bias, so that no class is rare."""
    keras.utils.set_random_seed(1)
    image = layers.Input((32, 48, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.MaxPool2D()(x)
    x = layers.Conv2DTranspose(8, 2, strides=2)(x)
    last = layers.Conv2D(channels, 1, activation=activation, use_bias=False)
    return keras.Model(image, last(x))


def own(model, image):
    """What the network gives for an image, (32, 48, K)."""
    return model.predict(image[None].astype("float32"), verbose=0)[0]


@pytest.mark.parametrize("quantize", FORMATS)
@pytest.mark.parametrize("channels, activation", [(3, "softmax"), (1, "sigmoid")])
def test_the_file_and_the_keras_file_give_its_label_map(
    tmp_path, channels, activation, quantize
):
    model, path = network(channels, activation), tmp_path / "net.tflite"
    to_tflite(model, path, quantize=quantize, calibration=IMAGES, check=CHECK)
    model.save(tmp_path / "net.keras")
    of_file, of_keras = kseg.load(path), kseg.load(tmp_path / "net.keras")
    names = [f"class {k}" for k in range(max(2, channels))]
    assert of_file.metadata["classes"] == of_keras.metadata["classes"] == names
    values = own(model, IMAGES[0])
    expected = values.argmax(-1) if channels > 1 else values[..., 0] > 0.5
    assert 0.1 < np.mean(expected > 0) < 0.9
    np.testing.assert_array_equal(of_keras.predict(IMAGES[0]).labels, expected)
    found = of_file.predict(IMAGES[0]).labels
    if quantize == "float32":
        np.testing.assert_array_equal(found, expected)
    assert np.mean(found == expected) > 0.98


@pytest.mark.parametrize("channels, activation", [(3, "softmax"), (1, "sigmoid")])
def test_logits_are_logits_and_probabilities_the_networks_own(
    tmp_path, channels, activation
):
    model, path = network(channels, activation), tmp_path / "net.tflite"
    report = to_tflite(model, path, output="logits", check=CHECK)
    assert report.parity.max_logit > 1
    model.save(tmp_path / "net.keras")
    values = own(model, IMAGES[0])
    for file in (path, tmp_path / "net.keras"):
        shares = kseg.load(file).predict(IMAGES[0], probabilities=True).probabilities
        np.testing.assert_allclose(shares[..., -channels:], values, atol=1e-4)


@pytest.mark.parametrize("gives, cut", [("logits", 0.0), ("probabilities", 0.5)])
def test_a_channel_without_an_activation_is_asked_about(tmp_path, gives, cut):
    model, path = network(1), tmp_path / "net.tflite"
    with pytest.raises(ExportError, match="gives='logits' if .*gives='probabilities'"):
        to_tflite(model, path, check=CHECK)
    assert not list(tmp_path.iterdir())
    # What the message says works, of both ways.
    to_tflite(model, path, check=CHECK, gives=gives)
    expected = own(model, IMAGES[0])[..., 0] > cut
    np.testing.assert_array_equal(kseg.load(path).predict(IMAGES[0]).labels, expected)
    assert "gives" not in bundle.read(path).metadata

    model.save(tmp_path / "net.keras")
    with pytest.raises(BundleError, match="in NAME.json beside NAME.keras"):
        kseg.load(tmp_path / "net.keras")
    (tmp_path / "net.json").write_text(json.dumps({"gives": gives}))
    loaded = kseg.load(tmp_path / "net.keras")
    np.testing.assert_array_equal(loaded.predict(IMAGES[0]).labels, expected)
    # The same file is good as the metadata of an export.
    metadata = json.loads((tmp_path / "net.json").read_text())
    to_tflite(model, path, check=CHECK, metadata=metadata)
    np.testing.assert_array_equal(kseg.load(path).predict(IMAGES[0]).labels, expected)


@pytest.mark.parametrize("gives", ["probabilities", "independent"])
def test_several_sigmoids_are_asked_about(tmp_path, gives):
    model, path = network(2, "sigmoid"), tmp_path / "net.tflite"
    with pytest.raises(ExportError, match="2 channels and the activation sigmoid"):
        to_tflite(model, path, check=CHECK)
    to_tflite(model, path, check=CHECK, gives=gives)
    values = own(model, IMAGES[0])
    expected = values.argmax(-1)
    if gives == "independent":
        expected = np.where(values.max(-1) > 0.5, expected + 1, 0)
    np.testing.assert_array_equal(kseg.load(path).predict(IMAGES[0]).labels, expected)


def test_a_saved_model_too(tmp_path):
    model = network(1)
    with pytest.raises(ExportError, match="gives='logits'"):
        to_saved_model(model, tmp_path / "net")
    to_saved_model(model, tmp_path / "net", gives="logits")
    serve = tf.saved_model.load(str(tmp_path / "net")).signatures["serve"]
    labels = serve(image=tf.constant(IMAGES[0][None]))["labels"][0]
    np.testing.assert_array_equal(labels, own(model, IMAGES[0])[..., 0] > 0)


def test_names_have_to_be_those_of_the_classes(tmp_path):
    model, path = network(1, "sigmoid"), tmp_path / "net.tflite"
    metadata = {"classes": ["cell"]}
    with pytest.raises(ExportError, match="Expected 2 classes in metadata.*1, ..cell"):
        to_tflite(model, path, check=CHECK, metadata=metadata)
    to_tflite(model, path, check=CHECK, metadata={"classes": ["background", "cell"]})
    model.save(tmp_path / "net.keras")
    (tmp_path / "net.json").write_text(json.dumps(metadata))
    with pytest.raises(BundleError, match="net.keras: .*as many classes.*has, 2"):
        kseg.load(tmp_path / "net.keras")


def test_a_network_of_a_class_of_its_own_is_told_what_to_do(tmp_path):
    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = layers.Conv2D(2, 1)

        def call(self, x):
            return self.last(x)

    mine = Mine()
    with pytest.raises(ExportError, match=r"keras.Model\(image, model\(image\)\)"):
        to_tflite(mine, tmp_path / "net.tflite", check=CHECK)
    image = keras.Input((32, 48, 3))
    functional = keras.Model(image, mine(image))
    to_tflite(functional, tmp_path / "net.tflite", check=CHECK)
    expected = own(functional, IMAGES[0]).argmax(-1)
    found = kseg.load(tmp_path / "net.tflite").predict(IMAGES[0]).labels
    np.testing.assert_array_equal(found, expected)
