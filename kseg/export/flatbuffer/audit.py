"""What is in a ``.tflite`` file, and whether every runtime can run it.

The converter's silence proves nothing: its strict int8 op set does not raise for float
operators, and Keras's own exporter switches TensorFlow operators on.
"""

import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from ai_edge_litert.interpreter import Interpreter

from kseg.errors import ExportError
from kseg.export.flatbuffer import parts as flatbuffer
from kseg.export.flatbuffer.parts import Graph
from kseg.export.flatbuffer.runtimes import RUNTIMES, oldest_runtime

_TYPES = {"FLOAT32", "FLOAT16", "INT32", "INT16", "INT8", "UINT8", "BOOL"}


class Audit(NamedTuple):
    """What a file holds.

    Attributes:
        ops: How many of each operator, most frequent first.
        float_ops: Those that compute in floating point, of a quantised file the
            islands that stayed float.
        oldest_runtime: The oldest runtime that knows each operator in its version:
            "2.16.1" or "2.17.0" (TensorFlow Lite), or "LiteRT 1.2.0" and the like.
        partitions: Into how many pieces XNNPACK takes the graph on this machine, not
            counting one that only unpacks constants. 1 is best: between pieces values
            are copied.
        multiply_adds: Multiplications of one run.
    """

    ops: dict[str, int]
    float_ops: dict[str, int]
    oldest_runtime: str
    partitions: int
    multiply_adds: int


def audit(source: str | os.PathLike | bytes) -> Audit:
    """Read a file's operators and refuse what not every runtime can run.

    Refused are: Flex (TensorFlow) and custom operators; GATHER_ND; int64 and other
    types outside of float32, float16, int32, int16, int8, uint8 and bool; tensors of
    rank over 4; dynamic shapes; a batch other than 1; operators that no known runtime
    has; and whatever the installed LiteRT does not load.

    Args:
        source: A ``.tflite`` file or bundle, or its bytes.

    Returns:
        What it holds.

    Raises:
        ExportError: Not a ``.tflite`` file, or one that breaks these rules: the
            message lists every violation.
    """
    name = "The network"
    if not isinstance(source, bytes):
        name = str(source)
        try:
            source = Path(source).read_bytes()
        except OSError as error:
            raise ExportError(f"{name} cannot be read: {error.strerror}.") from error
    graphs = flatbuffer.read(source)
    violations = [v for graph in graphs for v in _violations(graph)]
    oldest = oldest_runtime(graphs)
    if oldest is None:
        violations.append(f"an operator is newer than {RUNTIMES[-1]} knows")
    partitions = 0
    if not violations:  # A runtime refuses those too, in other words.
        try:
            partitions = _partitions(source, graphs[0])
        except (ValueError, RuntimeError) as error:
            violations.append(f"LiteRT does not load it: {str(error).splitlines()[0]}")
    if violations:
        lines = "".join(f"\n  - {line}" for line in dict.fromkeys(violations))
        raise ExportError(
            f"{name} cannot run everywhere with builtin operators:{lines}\n"
            "Replace these layers; docs/export.md lists what converts."
        )
    return _summary(graphs, oldest, partitions)


def _summary(graphs: list[Graph], oldest: str, partitions: int) -> Audit:
    ops, floats = Counter(), Counter()
    for graph in graphs:
        for op in graph.ops:
            ops[op.name] += 1
            # What only unpacks constants is no computation of the network.
            unpacks = all(graph.tensors[i].constant for i in op.inputs)
            if graph.tensors[op.outputs[0]].dtype == "FLOAT32" and not unpacks:
                floats[op.name] += 1
    work = sum(map(flatbuffer.multiply_adds, graphs))
    return Audit(
        dict(ops.most_common()), dict(floats.most_common()), oldest, partitions, work
    )


def _violations(graph: Graph):
    for op in graph.ops:
        if op.custom:
            kind = "TensorFlow (Flex)" if op.name.startswith("Flex") else "custom"
            yield f"{op.name} is a {kind} operator, which runtimes do not have built in"
        if op.name == "GATHER_ND":
            yield "GATHER_ND is an operator that GPU delegates refuse"
    for tensor in graph.tensors:
        if tensor.dtype not in _TYPES:
            yield f"tensor {tensor.name!r} is {tensor.dtype}"
        if len(tensor.shape) > 4:
            yield f"tensor {tensor.name!r} has rank {len(tensor.shape)}, over 4"
        if min(tensor.shape, default=1) < 0:
            yield f"tensor {tensor.name!r} has a dynamic shape {list(tensor.shape)}"
    for index in (*graph.inputs, *graph.outputs):
        tensor = graph.tensors[index]
        if tensor.shape and tensor.shape[0] > 1:
            yield f"tensor {tensor.name!r} has a batch of {tensor.shape[0]}, not 1"


def _partitions(content: bytes, graph: Graph) -> int:
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    # There is no public way to ask for the delegates; only a log line tells.
    nodes = [n for n in interpreter._get_ops_details() if n["op_name"] == "DELEGATE"]
    inputs = ([int(i) for i in node["inputs"]] for node in nodes)
    # Float16 weights are unpacked by a delegate node of their own.
    return sum(any(not graph.tensors[i].constant for i in node) for node in inputs)
