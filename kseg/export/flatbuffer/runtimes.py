"""Which runtime is the oldest that takes a file, by its operators and their versions.

Read off the runtimes themselves: each was given one flatbuffer per builtin operator
and version. Operators that are not listed have the same newest version in all of them.
"""

from kseg.export.flatbuffer.parts import Graph

# TensorFlow Lite until 2.17.0, then LiteRT. 2.16.1 is the newest that Android projects
# get from the central Maven repository.
RUNTIMES = (
    "2.16.1",
    "2.17.0",
    "LiteRT 1.0.1",
    "LiteRT 1.2.0",
    "LiteRT 1.4.0",
    "LiteRT 2.0.3",
    "LiteRT 2.1.0",
    "LiteRT 2.3.0",
)

# The newest version of an operator that each of RUNTIMES knows; 0: none.
NEWEST = {
    "ADD": (5, 5, 5, 5, 5, 5, 5, 6),
    "BROADCAST_TO": (3, 3, 3, 3, 3, 3, 3, 4),
    "CAST": (6, 6, 6, 7, 7, 7, 8, 9),
    "CONCATENATION": (4, 4, 4, 4, 4, 4, 4, 7),
    "COS": (1, 1, 1, 1, 1, 1, 1, 2),
    "DEQUANTIZE": (5, 5, 6, 6, 6, 6, 7, 9),
    "DYNAMIC_UPDATE_SLICE": (1, 1, 2, 3, 4, 4, 4, 6),
    "EMBEDDING_LOOKUP": (3, 3, 4, 4, 4, 4, 4, 5),
    "EQUAL": (4, 4, 4, 4, 4, 4, 5, 5),
    "FILL": (4, 4, 4, 4, 4, 4, 4, 5),
    "FULLY_CONNECTED": (11, 12, 13, 13, 13, 13, 14, 14),
    "GATHER": (7, 7, 7, 7, 7, 7, 7, 8),
    "GELU": (2, 2, 2, 2, 2, 2, 2, 3),
    "MUL": (7, 7, 7, 7, 7, 7, 7, 8),
    "NOT_EQUAL": (3, 3, 3, 3, 3, 3, 4, 4),
    "PACK": (4, 4, 4, 4, 4, 4, 4, 5),
    "PAD": (4, 4, 4, 4, 4, 5, 5, 6),
    "PADV2": (4, 4, 4, 4, 4, 5, 5, 6),
    "QUANTIZE": (3, 3, 3, 3, 3, 3, 4, 6),
    "REVERSE_V2": (3, 3, 3, 3, 3, 3, 3, 4),
    "SIN": (1, 1, 1, 1, 1, 1, 1, 2),
    "SLICE": (6, 6, 6, 6, 6, 6, 7, 8),
    "SOFTMAX": (3, 3, 3, 3, 3, 3, 3, 4),
    "SPLIT": (4, 4, 4, 4, 4, 4, 4, 5),
    "SPLIT_V": (2, 2, 2, 2, 2, 2, 2, 3),
    "SQRT": (1, 1, 1, 1, 1, 2, 2, 2),
    "STABLEHLO_AND": (0, 0, 0, 1, 1, 1, 1, 1),
    "STABLEHLO_CASE": (0, 0, 0, 1, 1, 1, 1, 1),
    "STABLEHLO_COMPOSITE": (0, 0, 1, 1, 1, 1, 1, 1),
    "STABLEHLO_SHIFT_LEFT": (0, 0, 0, 1, 1, 1, 1, 1),
    "TRANSPOSE": (6, 6, 6, 7, 7, 7, 7, 9),
    "UNPACK": (4, 4, 4, 4, 4, 4, 4, 6),
}


def oldest_runtime(graphs: list[Graph]) -> str | None:
    """The first of ``RUNTIMES`` that knows every operator in its version.

    Boxes are to be the same everywhere, too, to half a pixel: a network that suppresses
    boxes behind int8 convolutions of float maps needs LiteRT 1.2.0. Older ones compute
    these convolutions with other kernels, which round otherwise.

    Args:
        graphs: As `kseg.export.flatbuffer.parts.read` gives them.

    Returns:
        Its name, or None if an operator is too new for all of them.
    """
    newest = 0
    for graph in graphs:
        if _rounds_boxes(graph):
            newest = max(newest, RUNTIMES.index("LiteRT 1.2.0"))
        for op in graph.ops:
            known = NEWEST.get(op.name, (op.version,) * len(RUNTIMES))
            first = next((i for i, v in enumerate(known) if v >= op.version), None)
            if first is None:
                return None
            newest = max(newest, first)
            if op.name == "TRANSPOSE_CONV" and _is_hybrid(op, graph):
                # 2.16.1 loads int8 weights with float maps, and fails in prepare.
                newest = max(newest, 1)
    return RUNTIMES[newest]


def full_name(runtime: str) -> str:
    """One of ``RUNTIMES`` as a report names it."""
    return runtime if runtime.startswith("LiteRT") else f"TensorFlow Lite {runtime}"


def _rounds_boxes(graph: Graph) -> bool:
    suppresses = any(op.name.startswith("NON_MAX_SUPPRESSION") for op in graph.ops)
    return suppresses and any(
        op.name == "CONV_2D" and _is_hybrid(op, graph) for op in graph.ops
    )


def _is_hybrid(op, graph: Graph) -> bool:
    dtypes = {graph.tensors[i].dtype for i in op.inputs[:3] if i >= 0}
    return {"INT8", "FLOAT32"} <= dtypes
