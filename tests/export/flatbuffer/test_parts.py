"""Operators, tensors and the work of a flatbuffer, against numbers by hand."""

import keras
import pytest

from kseg.export.flatbuffer import parts as flatbuffer
from kseg.export.flatbuffer.quantize import convert
from kseg.export.labels import model as label_model


@pytest.mark.parametrize(
    "layer, name, work",
    [
        # Output values times products per value; an up-convolution the other way.
        (keras.layers.Conv2D(5, (3, 2)), "CONV_2D", 4 * 6 * 5 * (3 * 2 * 4)),
        (keras.layers.DepthwiseConv2D(3), "DEPTHWISE_CONV_2D", 4 * 5 * 4 * 9),
        (
            keras.layers.Conv2DTranspose(5, 2, strides=2),
            "TRANSPOSE_CONV",
            6 * 7 * 4 * (2 * 2 * 5),
        ),
        (keras.layers.Dense(3), "FULLY_CONNECTED", 6 * 7 * 4 * 3),
    ],
)
def test_multiply_adds(layer, name, work, tmp_path):
    inputs = keras.Input((6, 7, 4))
    model = keras.Model(inputs, layer(inputs))
    label_model.write(model, tmp_path, batch=1, outputs=("logits",))
    (graph,) = flatbuffer.read(convert(tmp_path, "float32"))
    assert name in [op.name for op in graph.ops]
    assert flatbuffer.multiply_adds(graph) == work
    assert graph.tensors[graph.inputs[0]].shape == (1, 6, 7, 4)
    assert graph.tensors[graph.inputs[0]].dtype == "UINT8"
    assert not graph.tensors[graph.inputs[0]].constant
