"""The dynamic format: int8 in convolutions, everything else in float."""

import tempfile

import flatbuffers
import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from kseg.export import audit
from kseg.export.flatbuffer import parts as flatbuffer
from kseg.export.flatbuffer.dynamic import int8_convolutions
from kseg.export.flatbuffer.quantize import convert
from kseg.export.labels import model as label_model

INT8 = schema.TensorType.INT8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network with each kind of layer that has weights, as a SavedModel."""
    keras.utils.set_random_seed(4)
    inputs = keras.Input((12, 14, 16))
    x = keras.layers.Conv2D(24, 3, padding="same", activation="relu")(inputs)
    x = keras.layers.DepthwiseConv2D(7, padding="same")(x)
    x = keras.layers.Conv2DTranspose(16, 4, strides=2, padding="same")(x)
    x = keras.layers.Dense(80)(x)
    outputs = keras.layers.Conv2D(3, 1)(x)
    folder = tmp_path_factory.mktemp("saved")
    model = keras.Model(inputs, outputs)
    label_model.write(model, folder, batch=1, outputs=("logits",))
    return folder


@pytest.fixture(scope="module")
def whole(folder):
    return convert(folder, "float32")


@pytest.fixture(scope="module")
def dynamic(folder):
    return convert(folder, "dynamic")


def float32(model):
    with tempfile.TemporaryDirectory() as folder:
        label_model.write(model, folder, batch=1, outputs=("logits",))
        return convert(folder, "float32")


def weights(content):
    """[(operator, type of its weights, how many)] of the operators that have some."""
    (graph,) = flatbuffer.read(content)
    found = []
    for op in graph.ops:
        if "CONV" in op.name or op.name == "FULLY_CONNECTED":
            tensor = graph.tensors[op.inputs[1]]
            found.append((op.name, tensor.dtype, int(np.prod(tensor.shape))))
    return found


def run(content, image):
    interpreter = Interpreter(model_content=content)
    return interpreter.get_signature_runner()(image=image[None])["logits"][0]


def test_only_ordinary_convolutions_with_many_weights_are_int8(dynamic):
    assert weights(dynamic) == [
        ("CONV_2D", "INT8", 3 * 3 * 16 * 24),
        ("DEPTHWISE_CONV_2D", "FLOAT32", 7 * 7 * 24),
        ("TRANSPOSE_CONV", "FLOAT32", 4 * 4 * 24 * 16),
        ("FULLY_CONNECTED", "FLOAT32", 16 * 80),
        ("CONV_2D", "FLOAT32", 80 * 3),
    ]


def test_it_runs_on_the_oldest_runtime_where_the_converters_own_does_not(
    dynamic, folder
):
    found = audit(dynamic)
    assert found.oldest_runtime == "2.16.1"
    assert found.partitions == 1
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    content = converter.convert()
    assert ("TRANSPOSE_CONV", "INT8", 4 * 4 * 24 * 16) in weights(content)
    assert audit(content).oldest_runtime == "2.17.0"


def test_the_network_gives_nearly_the_same(whole, dynamic):
    image = np.random.default_rng(5).integers(0, 256, (12, 14, 16), np.uint8)
    expected, found = run(whole, image), run(dynamic, image)
    error = np.abs(found - expected).max() / np.abs(expected).max()
    assert 0 < error < 0.02
    assert len(dynamic) < len(whole)


def test_the_weights_are_the_nearest_of_127_steps():
    kernel = np.random.default_rng(6).normal(size=(1, 1, 64, 32)).astype(np.float32)
    kernel[..., 5] = 0  # a channel without a largest weight
    kernel[0, 0, 3, 7] = 40
    inputs = keras.Input((8, 8, 64))
    network = keras.Model(inputs, keras.layers.Conv2D(32, 1, use_bias=False)(inputs))
    network.set_weights([kernel])
    content = int8_convolutions(float32(network))
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    (tensor,) = (t for t in model.subgraphs[0].tensors if t.type == INT8)
    scale = tensor.quantization.scale
    stored = np.asarray(model.buffers[tensor.buffer].data).view(np.int8)
    stored = stored.reshape(32, 64)
    assert scale[7] == pytest.approx(40 / 127) and stored[7, 3] == 127
    assert not stored[5].any()
    error = np.abs(stored * scale[:, None] - kernel[0, 0].T)
    assert (error <= scale[:, None] * 0.5001).all()


def test_weights_that_another_operator_reads_stay_float():
    inputs = keras.Input((8, 8, 64))
    x = keras.layers.Conv2D(32, 1)(inputs)
    content = float32(keras.Model(inputs, x * x))
    assert weights(int8_convolutions(content))[0][1] == "INT8"

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    operators = model.subgraphs[0].operators
    convolution, product = operators[-2:]
    product.inputs = np.array([product.inputs[0], convolution.inputs[1]], np.int32)
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    shared = bytes(builder.Output())
    assert weights(int8_convolutions(shared))[0][1] == "FLOAT32"


def test_constants_are_aligned_as_the_schema_asks(dynamic):
    model = schema.Model.GetRootAs(dynamic, 0)
    start = np.frombuffer(dynamic, np.uint8).ctypes.data
    offsets = []
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if not buffer.DataIsNone():
            offsets.append(buffer.DataAsNumpy().ctypes.data - start)
    assert len(offsets) > 5
    assert [offset % 16 for offset in offsets] == [0] * len(offsets)
