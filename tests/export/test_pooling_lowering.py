"""Pooling with indices and unpooling as ``.tflite``: builtin, one piece, and exact."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from kseg.export import audit
from kseg.export.flatbuffer.quantize import FORMATS, convert
from kseg.ops import max_pool_with_indices, max_unpool
from tests.reference import pooling as reference

RNG = np.random.default_rng(0)


def image(height, width, channels):
    """Integers of the whole int8 range, which int8 with a step of 1 holds exactly.

    Half of the map has few different values, so that there are ties; and one window of
    nothing but -128 and one of 127 keep the range after pooling what it was.
    """
    x = RNG.integers(-128, 128, (height, width, channels)).astype("float32")
    x[height // 2 :] = RNG.integers(-2, 3, x[height // 2 :].shape)
    x[:2, :2], x[:2, 2:4] = -128, 127
    return x


def pooling(image):
    pooled, indices = max_pool_with_indices(image)
    return {"pooled": pooled, "indices": indices}


def pooling_and_unpooling(image):
    pooled, indices = max_pool_with_indices(image)
    return {"map": max_unpool(pooled, indices, image.shape[1:3])}


def converted(function, shape, quantize, folder, images):
    spec = tf.TensorSpec((1, *shape), "float32", name="image")
    function = tf.function(function, input_signature=[spec])
    module = tf.Module()
    tf.saved_model.save(module, folder, {"serve": function.get_concrete_function()})
    return convert(folder, quantize, images)


@pytest.mark.parametrize("shape", [(8, 12, 4), (9, 7, 3)], ids=["even", "odd"])
@pytest.mark.parametrize("quantize", FORMATS)
@pytest.mark.parametrize("function", [pooling, pooling_and_unpooling])
def test_builtin_in_one_piece_and_exact(function, quantize, shape, tmp_path):
    images = [image(*shape) for _ in range(4)]
    flatbuffer = converted(function, shape, quantize, str(tmp_path), images)
    assert audit(flatbuffer).oldest_runtime == "2.16.1"  # and all of it is builtin
    interpreter = Interpreter(model_content=flatbuffer)
    interpreter.allocate_tensors()
    # One node of XNNPACK makes every output: nothing is left outside.
    nodes = interpreter._get_ops_details()
    (xnnpack,) = [node for node in nodes if node["op_name"] == "DELEGATE"]
    outputs = {int(output["index"]) for output in interpreter.get_output_details()}
    assert outputs <= set(map(int, xnnpack["outputs"]))
    run = interpreter.get_signature_runner("serve")
    for x in images:
        found = run(image=x[None])
        pooled, indices = reference.max_pool_with_indices(x[None])
        expected = {
            "pooled": pooled,
            "indices": indices,
            "map": reference.max_unpool(pooled, indices, shape[:2]),
        }
        for name, value in found.items():
            np.testing.assert_allclose(value, expected[name], atol=1e-4, rtol=0)
