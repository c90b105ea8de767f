"""Reading a ``.tflite`` flatbuffer: its operators, their tensors and their work."""

import math
import struct
from collections.abc import Iterator
from typing import NamedTuple

from ai_edge_litert import schema_py_generated as schema

from kseg.errors import ExportError

_OP_NAMES = {v: k for k, v in vars(schema.BuiltinOperator).items() if k.isupper()}
_TYPE_NAMES = {v: k for k, v in vars(schema.TensorType).items() if k.isupper()}


class Tensor(NamedTuple):
    """Name, type ("FLOAT32"), shape (-1 where dynamic) and whether it is a constant."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    constant: bool


class Op(NamedTuple):
    """Name ("CONV_2D", or a custom op's own), version, inputs and outputs."""

    name: str
    version: int
    custom: bool
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Graph(NamedTuple):
    """One subgraph; ops, inputs and outputs refer to tensors by their index."""

    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read(flatbuffer: bytes) -> list[Graph]:
    """The subgraphs of a flatbuffer; anything appended to it is ignored.

    Raises:
        ExportError: These are not the bytes of a ``.tflite`` file.
    """
    if flatbuffer[4:8] != b"TFL3":
        raise ExportError("Expected a .tflite file. Received: bytes without TFL3.")
    try:
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(flatbuffer, 0))
        return [_graph(model, graph) for graph in model.subgraphs]
    except (struct.error, IndexError, TypeError, ValueError) as error:
        raise ExportError(f"The .tflite file is damaged: {error}.") from error


def multiply_adds(graph: Graph) -> int:
    """Multiplications of one run: convolutions and dense layers; the rest is small."""
    return sum(_work(op, graph.tensors) for op in graph.ops)


def _work(op: Op, tensors: tuple[Tensor, ...]) -> int:
    def size(index):
        return math.prod(tensors[index].shape)

    if op.name in ("CONV_2D", "FULLY_CONNECTED"):  # weights: (out, ...)
        return size(op.outputs[0]) * math.prod(tensors[op.inputs[1]].shape[1:])
    if op.name == "DEPTHWISE_CONV_2D":  # weights: (1, kh, kw, out)
        return size(op.outputs[0]) * math.prod(tensors[op.inputs[1]].shape[1:3])
    if op.name == "TRANSPOSE_CONV":  # each input value meets kh * kw * out weights
        return size(op.inputs[2]) * math.prod(tensors[op.inputs[1]].shape[:3])
    if op.name == "BATCH_MATMUL":
        return size(op.outputs[0]) * tensors[op.inputs[0]].shape[-1]
    return 0


def _graph(model: schema.ModelT, graph: schema.SubGraphT) -> Graph:
    constant = [b.data is not None and len(b.data) > 0 for b in model.buffers]
    return Graph(
        tuple(_tensor(t, constant[t.buffer]) for t in graph.tensors),
        tuple(_ops(model, graph)),
        tuple(map(int, graph.inputs)),
        tuple(map(int, graph.outputs)),
    )


def _tensor(tensor: schema.TensorT, constant: bool) -> Tensor:
    # A dynamic side is 1 in the shape and -1 in its signature.
    signature = tensor.shapeSignature
    shape = tensor.shape if signature is None else signature
    shape = () if shape is None else tuple(map(int, shape))
    return Tensor(tensor.name.decode(), _TYPE_NAMES[tensor.type], shape, constant)


def _ops(model: schema.ModelT, graph: schema.SubGraphT) -> Iterator[Op]:
    for op in graph.operators:
        code = model.operatorCodes[op.opcodeIndex]
        # The old field holds one byte; newer operators are in the new one.
        name = _OP_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
        custom = name == "CUSTOM"
        # A missing optional input has index -1.
        inputs = tuple(int(i) for i in op.inputs if i >= 0)
        outputs = tuple(map(int, op.outputs))
        name = code.customCode.decode() if custom else name
        yield Op(name, code.version, custom, inputs, outputs)
