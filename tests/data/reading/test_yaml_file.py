"""YAML: texts alone, and nothing that runs."""

import pytest

from kseg.data.reading.yaml_file import read_yaml
from kseg.errors import DataError


def read(tmp_path, text):
    path = tmp_path / "data.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path, "Mend it.")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("names: [no, 1, null, 0x1F, 2024-01-01, 'a, b', \"c#d\"]",
         ["no", "1", "null", "0x1F", "2024-01-01", "a, b", "c#d"]),
        ("names:\r\n  0: a  # the first\r\n  1: 'b'\r\n", {"0": "a", "1": "b"}),
        (b"\xef\xbb\xbfnames: [a]\n", ["a"]),
        ("names:\n- a b\n- it's\n- x:y\n", ["a b", "it's", "x:y"]),
        ("names: &n [a]\nother: *n\n", ["a"]),
    ],
)  # fmt: skip
def test_values_are_texts(tmp_path, text, names):
    assert read(tmp_path, text)["names"] == names


def test_an_empty_file(tmp_path):
    assert read(tmp_path, "# nothing\n") is None


@pytest.mark.parametrize(
    "text",
    [
        "names: [a",
        "names: a\nnames: b\n",
        "? [a]\n: b\n",
        "x: !!python/object/apply:os.system ['echo no']",
        "[" * 5000,
        "a: \x00",
    ],
)
def test_what_is_none_is_named(tmp_path, text):
    with pytest.raises(DataError, match=r"data.yaml: expected YAML \(.*\. Mend it\."):
        read(tmp_path, text)
