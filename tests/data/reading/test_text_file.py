"""Text files: what is none is named, with what to do."""

import pytest

from kseg.data.reading.text_file import read_text
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
