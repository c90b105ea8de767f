"""The oldest runtime: the newest of what each operator needs."""

from kseg.export.flatbuffer.parts import Graph, Op, Tensor
from kseg.export.flatbuffer.runtimes import NEWEST, RUNTIMES, oldest_runtime


def graph(*ops):
    tensors = (Tensor("x", "FLOAT32", (1, 4), False),)
    return Graph(
        tensors, tuple(Op(n, v, False, (0, 0, 0), (0,)) for n, v in ops), (0,), (0,)
    )


def test_by_hand():
    assert oldest_runtime([graph()]) == "2.16.1"
    assert oldest_runtime([graph(("CONV_2D", 5), ("SQRT", 1))]) == "2.16.1"
    assert oldest_runtime([graph(("FULLY_CONNECTED", 12))]) == "2.17.0"
    assert oldest_runtime([graph(("FULLY_CONNECTED", 14))]) == "LiteRT 2.1.0"
    assert oldest_runtime([graph(("STABLEHLO_AND", 1))]) == "LiteRT 1.2.0"
    ops = [graph(("FULLY_CONNECTED", 12)), graph(("TRANSPOSE", 7))]
    assert oldest_runtime(ops) == "LiteRT 1.2.0"
    assert oldest_runtime([graph(("FULLY_CONNECTED", 15), ("CAST", 1))]) is None


def test_boxes_behind_int8_weights_of_float_maps():
    """Older runtimes load these, and round otherwise."""
    maps = Tensor("x", "FLOAT32", (1, 4, 4, 1), False)
    weights = Tensor("w", "INT8", (1, 1, 1, 1), True)
    convolution = Op("CONV_2D", 3, False, (0, 1, -1), (0,))
    suppression = Op("NON_MAX_SUPPRESSION_V4", 1, False, (0, 0, 0, 0, 0), (0,))

    def oldest(tensors, *ops):
        return oldest_runtime([Graph(tensors, ops, (0,), (0,))])

    assert oldest((maps, weights), convolution, suppression) == "LiteRT 1.2.0"
    assert oldest((maps, weights), convolution) == "2.16.1"
    assert oldest((maps, maps), convolution, suppression) == "2.16.1"


def test_no_runtime_forgets_an_operator():
    for name, versions in NEWEST.items():
        assert len(versions) == len(RUNTIMES), name
        assert list(versions) == sorted(versions), name
        assert versions[0] < versions[-1], name
