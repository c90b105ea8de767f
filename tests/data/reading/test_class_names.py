import pytest

from kseg.data.reading.class_names import read_names
from kseg.errors import DataError


def test_names(tmp_path):
    path = tmp_path / "classes.txt"
    path.write_text(" cup\n\ntea pot \n")
    assert read_names(path) == ("cup", "tea pot")
    path.write_bytes(b'\xef\xbb\xbfcup, red\r\n#2 "tea" pot\r\n')
    assert read_names(path) == ("cup, red", '#2 "tea" pot')
    path.write_bytes(b"\xff")
    with pytest.raises(DataError, match="expected a text file"):
        read_names(path)
    path.write_text("\n")
    with pytest.raises(DataError, match="Received: none"):
        read_names(path)
    path.write_text("cup\ntable\ncup \n")
    with pytest.raises(DataError, match="Received: a name twice"):
        read_names(path)
