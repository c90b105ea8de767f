"""Text files: what is none is named, with what to do."""

import pytest

from kseg.data.reading.text_file import holds, read_lines, read_text
from kseg.errors import DataError


def test_text_and_what_is_none(tmp_path):
    path = tmp_path / "list.txt"
    with pytest.raises(DataError, match=r"list.txt: expected a text file .* Write it."):
        read_text(path, "Write it.")
    path.write_text("Stra\u00dfe\n", "latin-1")
    with pytest.raises(DataError, match=r"list.txt: expected a text file .* Write it."):
        read_text(path, "Write it.")
    path.write_text("Stra\u00dfe\n", "utf-8")
    assert read_text(path, "Write it.") == "Stra\u00dfe\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_ends_of_lines_and_byte_order_marks(tmp_path, ending, mark):
    path = tmp_path / "list.txt"
    text = ending.join([" a#1, 'b' ", "", "\t", "c d", ""])
    path.write_bytes(mark + text.encode())
    assert read_text(path, "Write it.") == text.replace(ending, "\n")
    assert read_lines(path, "Write it.") == ["a#1, 'b'", "c d"]


def test_text_as_notepad_writes_unicode(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("a\n", "utf-16")
    with pytest.raises(DataError, match="It is UTF-16: save it as UTF-8. Write it."):
        read_text(path, "Write it.")


def test_what_a_file_may_be(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"images": [], "annotations": []}')
    assert holds(path, b'"images"', b'"annotations"')
    assert not holds(path, b'"images"', b'"shapes"')
    assert not holds(tmp_path / "none.json", b"a") and not holds(tmp_path, b"a")
