"""Convolutions with int8 weights in an otherwise float ``.tflite`` file.

TFLiteConverter's dynamic range cannot choose by operator. It takes dense layers and
transposed convolutions along, which the 2.16.1 runtime refuses, and depthwise ones,
which are eleven times slower so than in float. ai-edge-quantizer can choose; this was
measured beside it (docs/export.md): faster, and no dependency.
"""

from collections import defaultdict

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

# Below this, TFLiteConverter leaves weights alone too: nothing is gained.
_FEWEST_WEIGHTS = 1024
# The version of CONV_2D with float maps and weights of one scale per channel.
_VERSION = 5
# What a kernel may read with vector instructions; the schema asks for it.
_ALIGNMENT = 16


def int8_convolutions(flatbuffer: bytes) -> bytes:
    """Store the weights of ordinary convolutions as int8; all else stays float.

    ``w ~ scale[c] * q``, ``scale[c] = max |w[c]| / 127`` for each output channel c.
    A runtime rounds each image's maps to int8 by their own range and multiplies
    integers.

    Args:
        flatbuffer: A float32 network.

    Returns:
        The same network, with such weights in every CONV_2D of 1024 weights or more
        that no other operator reads.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(flatbuffer, 0))
    for graph in model.subgraphs:
        for tensor in _weights(model, graph):
            _round(model, tensor)
    drop_unread(model)
    return pack(model)


def pack(model: schema.ModelT) -> bytes:
    """The bytes of a model."""
    builder = _Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class _Builder(flatbuffers.Builder):
    def StartVector(self, size, count, alignment):
        # Python's writer does not know of force_align: bytes would lie anywhere.
        return super().StartVector(size, count, _ALIGNMENT if size == 1 else alignment)


def _weights(model: schema.ModelT, graph: schema.SubGraphT) -> list[schema.TensorT]:
    """Float tensors with enough numbers in them that only convolutions read."""
    readers = defaultdict(list)
    for op in graph.operators:
        for place, index in enumerate(op.inputs):
            readers[int(index)].append((op, place))
    weights = []
    for index, uses in readers.items():
        codes = [model.operatorCodes[op.opcodeIndex] for op, _ in uses]
        if not all(
            code.builtinCode == schema.BuiltinOperator.CONV_2D and place == 1
            for code, (_, place) in zip(codes, uses, strict=True)
        ):
            continue
        tensor = graph.tensors[index]
        if tensor.type == schema.TensorType.FLOAT32 and _is_large(model, tensor):
            weights.append(tensor)
            for code in codes:
                code.version = max(code.version, _VERSION)
    return weights


def _is_large(model: schema.ModelT, tensor: schema.TensorT) -> bool:
    data = model.buffers[tensor.buffer].data
    return data is not None and len(data) >= 4 * _FEWEST_WEIGHTS


def _round(model: schema.ModelT, tensor: schema.TensorT) -> None:
    data = np.asarray(model.buffers[tensor.buffer].data)
    weights = data.view(np.float32).reshape(tensor.shape[0], -1)
    scale = np.abs(weights).max(axis=1) / 127
    scale[scale == 0] = 1  # A channel of zeros.
    rounded = np.round(weights / scale[:, None]).astype(np.int8)
    # Not in place: another tensor may share the buffer.
    tensor.buffer = len(model.buffers)
    model.buffers.append(schema.BufferT(rounded.ravel().view(np.uint8)))
    tensor.type = schema.TensorType.INT8
    tensor.quantization = schema.QuantizationParametersT(
        scale=scale, zeroPoint=np.zeros(len(scale), np.int64), quantizedDimension=0
    )


def drop_unread(model: schema.ModelT) -> None:
    """Empty the buffers that nothing refers to any more."""
    read = {t.buffer for graph in model.subgraphs for t in graph.tensors}
    read |= {m.buffer for m in model.metadata or ()}
    for index, buffer in enumerate(model.buffers):
        if index not in read:
            buffer.data = None
