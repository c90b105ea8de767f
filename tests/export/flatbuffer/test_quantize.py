"""Conversion: what TensorFlow cannot convert is said in one line."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.errors import ExportError
from kseg.export.flatbuffer import parts as flatbuffer
from kseg.export.flatbuffer.quantize import convert
from kseg.export.labels import model as label_model


class Crops(keras.layers.Layer):
    def call(self, x):
        return tf.image.crop_and_resize(x, [[0.0, 0.0, 0.5, 0.5]], [0], (4, 4))


def saved(layer, folder, shape=(8, 8, 3)):
    inputs = keras.Input(shape, batch_size=1)
    model = keras.Model(inputs, layer(inputs))
    label_model.write(model, folder, batch=1, outputs=("logits",))
    return folder


def test_a_tensorflow_operator_does_not_convert(tmp_path):
    with pytest.raises(ExportError, match="to float32: TF Select ops: CropAndResize"):
        convert(saved(Crops(), tmp_path), "float32")


def test_the_formats_store_weights_as_they_say(tmp_path):
    layer = keras.layers.Conv2D(16, 3, use_bias=False)
    folder = saved(layer, tmp_path, (12, 12, 16))
    images = np.random.default_rng(1).integers(0, 256, (3, 12, 12, 16), np.uint8)
    stored = {}
    for quantize, kept in (
        ("float32", "FLOAT32"),
        ("float16", "FLOAT16"),
        ("dynamic", "INT8"),
        ("int8", "INT8"),
    ):
        graph = flatbuffer.read(convert(folder, quantize, images))[0]
        kernels = [t for t in graph.tensors if t.constant and t.shape == (16, 3, 3, 16)]
        assert [t.dtype for t in kernels] == [kept]
        convolution = next(op for op in graph.ops if op.name == "CONV_2D")
        stored[quantize] = graph.tensors[convolution.outputs[0]].dtype
    assert stored == {
        "float32": "FLOAT32",
        "float16": "FLOAT32",
        "dynamic": "FLOAT32",
        "int8": "INT8",
    }
