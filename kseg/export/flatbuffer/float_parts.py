"""int8 networks whose boxes stay in floating point.

An int8 number has 256 values: a box of an image of 320 pixels would be off by one. So
what computes with coordinates, scores or places stays float: layers that refuse
automatic casting (``autocast=False``), which do so in mixed precision for the same
reason; and the last convolution or dense layer before one of them, whose results are
logits and shifts of boxes. Layers that say ``takes_maps = True``, such as those that
pool regions or choose a mask, take maps that are int8, and compute with them in float:
with mask logits too, for the score does not tell (docs/export.md). A layer of a new
network says so itself, and nothing here knows its name.

TensorFlow's converter has no list of what to leave alone. Its parts do: a network with
the ranges of calibration in it goes to the quantiser with the names of what it is to
leave alone, and without ranges there.
"""

import keras
from ai_edge_litert import schema_py_generated as schema
from tensorflow.lite.python.convert import mlir_quantize

from kseg.export.flatbuffer.dynamic import pack
from kseg.export.flatbuffer.split import of_layers
from kseg.layers.walk import walk

_CODES = schema.BuiltinOperator
_WEIGHTED = (_CODES.CONV_2D, _CODES.DEPTHWISE_CONV_2D, _CODES.FULLY_CONNECTED)
# What may stand between a last layer and the decoding of what it gives.
_MOVES = (_CODES.RESHAPE, _CODES.TRANSPOSE)


def float_layers(model: keras.Model) -> tuple[set[str], set[str]]:
    """Names of the layers that stay float: those that decode, those that take maps."""
    floats = [layer for layer in walk(model) if not layer.autocast]
    of_maps = {x.name for x in floats if getattr(x, "takes_maps", False)}
    return {layer.name for layer in floats} - of_maps, of_maps


def quantize(calibrated: bytes, decoding: set[str], of_maps: set[str]) -> bytes:
    """Convolutions and what lies between them as int8, coordinates as float.

    Args:
        calibrated: A float32 network with a range in each tensor, as the converter
            makes it with ``_experimental_calibrate_only``.
        decoding: Names of layers that stay float, and the last layers before them.
        of_maps: Names of layers that stay float, but for what moves the maps that they
            take.

    Returns:
        The flatbuffer.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(calibrated, 0))
    names = set()
    for graph in model.subgraphs:
        floats = _float_ops(model, graph, decoding, of_maps)
        # What an int8 operator takes needs its range, whoever made it.
        needed = set()
        for op in graph.operators:
            if id(op) not in floats:
                needed |= set(map(int, op.inputs))
        for op in floats.values():
            for index in map(int, op.outputs):
                tensor = graph.tensors[index]
                names.add(tensor.name.decode())
                if index not in needed:
                    # MINIMUM and the like would become int8 in spite of the name.
                    tensor.quantization = None
    return mlir_quantize(pack(model), denylisted_nodes=names)


def _float_ops(model, graph, decoding, of_maps) -> dict[int, schema.OperatorT]:
    """The operators that stay float, by their ``id``."""
    decodes, takes_maps = of_layers(decoding), of_layers(of_maps)
    maker = {int(i): op for op in graph.operators for i in op.outputs}
    results, floats = set(map(int, graph.outputs)), {}

    def code(op):
        return model.operatorCodes[op.opcodeIndex].builtinCode

    def add_last_before(op):
        for before in map(maker.get, map(int, op.inputs)):
            if before is not None and id(before) not in floats:
                if code(before) in _MOVES + _WEIGHTED:
                    floats[id(before)] = before
                if code(before) in _MOVES:
                    add_last_before(before)

    for op in graph.operators:  # each after what it takes
        name = graph.tensors[op.outputs[0]].name.decode()
        if decodes.search(name) or not results.isdisjoint(map(int, op.outputs)):
            floats[id(op)] = op
            # A layer's own last operator may have what decodes folded into it.
            if code(op) not in _WEIGHTED:
                add_last_before(op)
        elif takes_maps.search(name):
            before = maker.get(int(op.inputs[0]))
            is_map = before is not None and id(before) not in floats
            # Rows of an int8 map are int8.
            if not (is_map and code(op) in _MOVES):
                floats[id(op)] = op
    return floats
