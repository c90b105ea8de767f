"""Which layers of a network stay float in int8."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from kseg.export import audit
from kseg.export.archive import write_archive
from kseg.export.flatbuffer.float_parts import float_layers
from kseg.export.flatbuffer.quantize import convert
from kseg.models import UNet
from tests.models.tiny_rcnn import tiny


@pytest.mark.parametrize(
    "head, pools", [("fpn", {"box_pool", "mask_pool"}), ("c4", {"pool"})]
)
def test_layers_that_decode_and_layers_that_take_maps(head, pools):
    chosen = {"anchor_sizes": (16, 32)} if head == "c4" else {}
    found = float_layers(tiny(head, **chosen))
    decoding = {"proposals", "class_scores", "class_boxes", "detections"}
    assert found == (decoding, {"masks", *pools})


def test_a_network_of_label_maps_has_none():
    model = UNet(2, (32, 32, 3), base_filters=4, depth=2, padding="same")
    assert float_layers(model) == (set(), set())


class Assembled(keras.layers.Layer):
    """Of a network that the exporter has never heard of."""

    takes_maps = True

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, maps):
        return keras.ops.mean(maps, axis=(1, 2))


def test_a_layer_of_another_network_says_so_itself():
    image = keras.Input((8, 8, 3))
    inner = keras.Model(image, Assembled(name="assembled")(image), name="inner")
    model = keras.Model(image, Tenth(name="tenth")(inner(image)))
    assert float_layers(model) == ({"tenth"}, {"assembled"})


class Tenth(keras.layers.Layer):
    """As a layer that decodes: the converter folds the product into what is before."""

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, x):
        return keras.ops.minimum(x * 0.1, 3.0)


def test_only_the_last_layer_before_a_decoding_one_stays_float(tmp_path):
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(8, 3, activation="relu", name="conv")(image)
    x = keras.layers.Flatten()(x)
    for name in ("fc1", "fc2", "last"):
        x = keras.layers.Dense(32, name=name)(x)
    model = keras.Model(image, Tenth(name="tenth")(x))
    assert float_layers(model) == ({"tenth"}, set())

    def serve(pixels):
        return {"y": model(tf.cast(pixels, tf.float32))}

    write_archive(model, tmp_path, 1, serve)
    images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 3), np.uint8)
    content = convert(tmp_path, "int8", images, float_layers(model))
    found = audit(content)
    assert found.ops["FULLY_CONNECTED"] == 3
    assert found.float_ops["FULLY_CONNECTED"] == found.float_ops["MINIMUM"] == 1
    assert "CONV_2D" not in found.float_ops
    expected = model.predict(images[:1].astype("float32"), verbose=0)
    given = Interpreter(model_content=content).get_signature_runner()(image=images[:1])
    assert np.abs(given["y"] - expected).max() < 0.03 * np.abs(expected).max()
