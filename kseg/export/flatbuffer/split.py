"""A ``.tflite`` network divided in two: what a GPU takes, and what a CPU has to do.

A GPU delegate takes convolutions and what lies between them; top-k, suppression and
gathers it leaves to the CPU, and a file with both goes back and forth. The parts hold
the very operators of the whole file: one after the other they give what it gives.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from ai_edge_litert import schema_py_generated as schema

from kseg.export.flatbuffer.dynamic import drop_unread, pack

_TYPES = {v: k.lower() for k, v in vars(schema.TensorType).items() if k.isupper()}


class Link(NamedTuple):
    """A tensor that the first part gives and the second takes.

    Attributes:
        name: In the signatures of both.
        shape: Of it.
        dtype: "float32" or "int8".
        made_by: The operation that makes it, as the converter names it.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    made_by: str


class Parts(NamedTuple):
    """The first part, the second, and what goes from one to the other."""

    first: bytes
    second: bytes
    links: list[Link]


def divide(content: bytes, layers: Iterable[str]) -> Parts:
    """Divide a network before some layers.

    Args:
        content: A flatbuffer of one graph and one signature.
        layers: Names of layers. Their operators, and all that depend on one of them,
            are the second part.

    Returns:
        Both parts. The signature of the first takes what the whole takes and gives
        ``link_0`` and so on; that of the second takes those (and what it needs of the
        whole's inputs) and gives what the whole gives. A result of the whole that
        needs none of the layers is one of the first part.
    """
    (graph,) = _read(content).subgraphs
    named, later = of_layers(layers), set()
    for op in graph.operators:  # each after what it takes
        name = graph.tensors[op.outputs[0]].name.decode()
        if named.search(name) or not later.isdisjoint(map(int, op.inputs)):
            later |= set(map(int, op.outputs))
    return divide_at(content, later)


def divide_at(content: bytes, later: set[int]) -> Parts:
    """`divide`, by the tensors that the second part makes.

    Args:
        content: As `divide` takes it.
        later: Their indices, and of all that depend on one of them.

    Returns:
        As `divide`.
    """
    model = _read(content)
    (graph,) = model.subgraphs
    before, after = [], []
    for op in graph.operators:
        (after if int(op.outputs[0]) in later else before).append(op)
    made = [int(i) for op in before for i in op.outputs]
    taken = {int(i) for op in after for i in op.inputs}
    crossing = {i: f"link_{n}" for n, i in enumerate(i for i in made if i in taken)}
    inputs, outputs = _signature(model)
    own = {i: name for i, name in outputs.items() if i not in later}
    rest = {i: name for i, name in outputs.items() if i in later}
    needed = {i: name for i, name in inputs.items() if i in taken}
    links = [_link(graph.tensors[i], name) for i, name in crossing.items()]
    first = _part(_read(content), made, inputs, {**crossing, **own})
    second = _part(_read(content), later, {**crossing, **needed}, rest)
    return Parts(first, second, links)


def of_layers(names: Iterable[str]) -> re.Pattern:
    """Finds a layer in the name of a tensor: ``net_1/masks_1/Mul;net_1/masks_1/Add``.

    Names of a graph are made unique by numbers behind them.
    """
    any_name = "|".join(map(re.escape, sorted(names))) or r"\b\B"
    return re.compile(rf"(^|[/;])({any_name})(_\d+)?/")


def _read(content: bytes) -> schema.ModelT:
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))


def _signature(model) -> tuple[dict[int, str], dict[int, str]]:
    (signature,) = model.signatureDefs
    return tuple(
        {int(x.tensorIndex): x.name.decode() for x in side}
        for side in (signature.inputs, signature.outputs)
    )


def _link(tensor, name: str) -> Link:
    shape = tuple(map(int, tensor.shape))
    return Link(name, shape, _TYPES[tensor.type], tensor.name.decode())


def _part(model, makes, inputs, outputs) -> bytes:
    """A model of only the operators that make these tensors.

    Args:
        model: The whole; it is changed.
        makes: Indices of tensors.
        inputs, outputs: Indices of tensors and their names in the signature.
    """
    (graph,), makes = model.subgraphs, set(makes)
    graph.operators = [op for op in graph.operators if int(op.outputs[0]) in makes]
    used = {*inputs, *outputs}
    for op in graph.operators:
        used |= {int(i) for i in (*op.inputs, *op.outputs) if i >= 0}
    place = {index: n for n, index in enumerate(sorted(used))}
    graph.tensors = [graph.tensors[i] for i in place]
    for op in graph.operators:
        op.inputs = [place.get(int(i), -1) for i in op.inputs]
        op.outputs = [place[int(i)] for i in op.outputs]
    graph.inputs = [place[i] for i in inputs]
    graph.outputs = [place[i] for i in outputs]
    (signature,) = model.signatureDefs
    signature.inputs = _names(inputs, place)
    signature.outputs = _names(outputs, place)
    # It speaks of operators by their number.
    model.metadata = model.metadataBuffer = None
    drop_unread(model)
    return pack(model)


def _names(tensors: dict[int, str], place: dict[int, int]) -> list:
    entries = []
    for index, name in tensors.items():
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = name.encode(), place[index]
        entries.append(entry)
    return entries
