import math

import pytest

from kseg.bundle.strict_json import parse


def test_reads_every_kind_of_value():
    text = ' {"a": [1, -2.5, 1e3, 0], "b": {"c": null, "d": true}, "é": "\\u00e9/"} '
    expected = {"a": [1, -2.5, 1000.0, 0], "b": {"c": None, "d": True}, "é": "é/"}
    assert parse(text.encode()) == expected
    assert parse(b'{"a": 1, "a": 2}') == {"a": 2}


def test_long_numbers_are_as_in_javascript():
    assert parse(b"9007199254740993000") == float(9007199254740993000)
    assert parse(b"1" * 5000) == math.inf
    assert parse(b"-" + b"9" * 500) == -math.inf
    assert type(parse(b"2147483647")) is int


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{", b"[1,]", b"01", b"NaN", b"-Infinity", b'"\xff"', b"'a'"),
        b"\xef\xbb\xbf{}",  # a byte order mark
        "{}".encode("utf-16"),
        b'"a\nb"',
    ],
)
def test_refuses_what_is_no_json(text):
    with pytest.raises(ValueError):
        parse(text)


def test_depth_is_bounded():
    def nested(depth):
        return b"[" * depth + b"]" * depth

    parse(nested(33))  # the innermost lies in 32
    for text in (nested(34), nested(500_000), b'{"a":' * 34 + b"1" + b"}" * 34):
        with pytest.raises(ValueError, match="more than 32 lists"):
            parse(text)
