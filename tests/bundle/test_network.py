"""What a flatbuffer says of itself, beside what LiteRT's own classes read."""

import random
from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema

from kseg import bundle
from kseg.bundle.network import Tensor, describe
from tests.bundle import small
from tools.web_golden_bundles import TYPES, flatbuffer

ROOT = Path(__file__).parents[2]
PUBLISHED = [
    *sorted((ROOT / "export" / "bundles").glob("*-nuclei-int8.tflite")),
    ROOT / "tests" / "golden" / "tiny-int8.tflite",
]
NAMES = {value: key.lower() for key, value in vars(TYPES).items() if key.isupper()}


def by_litert(content):
    """Inputs and outputs of the first signature."""
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    (signature,) = model.signatureDefs
    tensors = model.subgraphs[signature.subgraphIndex].tensors
    sides = []
    for entries in (signature.inputs, signature.outputs):
        found = {entry.name.decode(): tensors[entry.tensorIndex] for entry in entries}
        sides.append(
            {
                name: Tensor(NAMES[tensor.type], tuple(map(int, tensor.shape)))
                for name, tensor in found.items()
            }
        )
    return sides


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_reads_what_litert_reads(path):
    content = bundle.read(path).flatbuffer
    network = describe(content)
    assert [network.inputs, network.outputs] == by_litert(content)
    assert network.signatures == 1 and network.custom_ops == []


def test_published_bundles_are_there():
    assert len(PUBLISHED) == 3


def test_names_operators_that_are_no_builtin_ones():
    content = flatbuffer({}, {}, custom="FlexErf")
    assert describe(content).custom_ops == ["FlexErf"]


def test_a_side_that_is_open_is_minus_one():
    content = flatbuffer({"image": (TYPES.UINT8, [1, -1, -1, 3])}, {})
    assert describe(content).inputs == {"image": Tensor("uint8", (1, -1, -1, 3))}


def test_a_model_without_signatures():
    model = schema.ModelT.InitFromPackedBuf(small.network(), 0)
    model.signatureDefs = []
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    network = describe(bytes(builder.Output()))
    assert (network.signatures, network.inputs, network.outputs) == (0, {}, {})


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\xff" * 64])
def test_refuses_what_is_no_flatbuffer(content):
    with pytest.raises(IndexError):
        describe(content)


def test_too_many_sides_and_too_long_names_are_refused():
    with pytest.raises(IndexError, match="too many sides"):
        describe(flatbuffer({"image": (TYPES.UINT8, [1] * 9)}, {}))
    with pytest.raises(IndexError, match="too long a name"):
        describe(flatbuffer({"x" * 1025: (TYPES.UINT8, [1])}, {}))


def test_whatever_the_bytes_it_is_read_or_refused():
    rng, content, refused = random.Random(3), small.network(task="instances"), 0
    for _ in range(3000):
        other = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(other) // 4) * 4
            value = rng.choice([0, 1, 7, 63, 2**31 - 1, 2**31, 2**32 - 1])
            other[place : place + 4] = value.to_bytes(4, "little")
        try:
            describe(bytes(other))
        except IndexError:
            refused += 1
    assert 1000 < refused < 3000
