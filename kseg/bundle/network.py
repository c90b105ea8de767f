"""What a ``.tflite`` flatbuffer says of its operators, inputs and outputs.

Only these few fields of the schema are read, without a runtime, and as page and app
read them; each number below is a field's place in its table.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from kseg.bundle.rules import LIMITS

_OPERATOR_CODES, _SUBGRAPHS, _BUFFERS, _SIGNATURES = 1, 2, 4, 7  # of the model
_DEPRECATED_BUILTIN, _CUSTOM_CODE, _BUILTIN = 0, 1, 3  # of an operator code
_TENSORS, _SHAPE, _TYPE, _SHAPE_SIGNATURE = 0, 0, 1, 7  # of a graph, of a tensor
_DATA = 0  # of a buffer
_INPUTS, _OUTPUTS, _GRAPH = 0, 1, 4  # of a signature
_NAME, _INDEX = 0, 1  # of one of its tensors
_CUSTOM = 32
_TYPES = (
    *("float32", "float16", "int32", "uint8", "int64", "string", "bool", "int16"),
    *("complex64", "int8"),
)


class Tensor(NamedTuple):
    """Its type, in lower case, and its shape; a side that is open is -1."""

    type: str
    shape: tuple[int, ...]


class Network(NamedTuple):
    """What a flatbuffer says of itself.

    Attributes:
        custom_ops: Names of operators that are no builtin ones.
        signatures: How many there are.
        inputs: Of the first signature, by name; none where there is none.
        outputs: Likewise.
    """

    custom_ops: list[str]
    signatures: int
    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


def describe(flatbuffer: bytes) -> Network:
    """Read a flatbuffer.

    Args:
        flatbuffer: Its bytes.

    Raises:
        IndexError: A table leaves the file, or is absurdly long: the file was cut
            short, or is no flatbuffer.
    """
    try:
        return _Reader(flatbuffer).network()
    except struct.error as error:
        raise IndexError(str(error)) from error


class _Reader:
    """Tables are named by where they begin."""

    def __init__(self, data: bytes):
        self._data = data

    def network(self) -> Network:
        model = self._place(0, self._number("I", 0))
        for buffer in self._tables(model, _BUFFERS):
            self._vector(buffer, _DATA, 1)  # whether it lies inside of the file
        signatures = self._vector(model, _SIGNATURES, 4)[1]
        sides = [{}, {}]
        if signatures:
            sides = [self._named(model, side) for side in (_INPUTS, _OUTPUTS)]
        return Network(list(self._custom_ops(model)), signatures, *sides)

    def _custom_ops(self, model) -> Iterator[str]:
        for code in self._tables(model, _OPERATOR_CODES):
            # The old field holds one byte; newer operators are in the new one.
            builtin = self._scalar("i", code, _BUILTIN)
            if max(builtin, self._scalar("b", code, _DEPRECATED_BUILTIN)) == _CUSTOM:
                yield self._string(code, _CUSTOM_CODE)

    def _named(self, model, side) -> dict[str, Tensor]:
        signature = self._element(model, _SIGNATURES, 0)
        graph = self._element(model, _SUBGRAPHS, self._scalar("i", signature, _GRAPH))
        found = {}
        for entry in self._tables(signature, side):
            tensor = self._element(graph, _TENSORS, self._scalar("i", entry, _INDEX))
            found[self._string(entry, _NAME)] = self._tensor(tensor)
        return found

    def _tensor(self, table) -> Tensor:
        shape = self._sides(table, _SHAPE_SIGNATURE) or self._sides(table, _SHAPE)
        kind = self._scalar("b", table, _TYPE)
        known = 0 <= kind < len(_TYPES)
        return Tensor(_TYPES[kind] if known else f"type {kind}", shape)

    def _field(self, table, number) -> int:
        """Where a field of a table is, or 0 where it is left out."""
        layout = self._place(table, -self._number("i", table))
        if 4 + 2 * number >= self._number("H", layout):
            return 0
        offset = self._number("H", layout + 4 + 2 * number)
        return self._place(table, offset) if offset else 0

    def _scalar(self, kind, table, number) -> int:
        place = self._field(table, number)
        return self._number(kind, place) if place else 0

    def _vector(self, table, number, element_bytes) -> tuple[int, int]:
        """Where the elements of a vector begin, and how many there are."""
        field = self._field(table, number)
        if not field:
            return 0, 0
        start = self._place(field, self._number("I", field))
        length = self._number("I", start)
        if start + 4 + length * element_bytes > len(self._data):
            raise IndexError("a vector leaves the file")
        return start + 4, length

    def _tables(self, table, number) -> Iterator[int]:
        start, length = self._vector(table, number, 4)
        if length > LIMITS["tables"]:
            raise IndexError("too many tables")
        for at in range(start, start + 4 * length, 4):
            yield self._place(at, self._number("I", at))

    def _element(self, table, number, index) -> int:
        start, length = self._vector(table, number, 4)
        if not 0 <= index < length:
            raise IndexError("no such element")
        at = start + 4 * index
        return self._place(at, self._number("I", at))

    def _sides(self, table, number) -> tuple[int, ...]:
        start, length = self._vector(table, number, 4)
        if length > LIMITS["sides"]:
            raise IndexError("too many sides")
        return struct.unpack_from(f"<{length}i", self._data, start)

    def _string(self, table, number) -> str:
        start, length = self._vector(table, number, 1)
        if length > LIMITS["name_bytes"]:
            raise IndexError("too long a name")
        return self._data[start : start + length].decode("utf-8", "replace")

    def _number(self, kind, at) -> int:
        return struct.unpack_from(f"<{kind}", self._data, at)[0]

    def _place(self, start, offset) -> int:
        # Below 0 struct would count from the end.
        if not 0 <= start + offset < len(self._data):
            raise IndexError("a table leaves the file")
        return start + offset
