import pytest

from kseg.data.reading.json_file import inner_path, read_json
from kseg.errors import DataError


@pytest.mark.parametrize(
    "name",
    ["../a", "a/../../b", "/a", "C:\\a", "\\a", "..\\a", "", " ", ".", "a\0b", 3],
)
def test_paths_that_lead_elsewhere(name):
    assert inner_path(name) is None


def test_paths_that_stay():
    assert inner_path("a/b.jpg").as_posix() == "a/b.jpg"
    assert inner_path("a\\b.jpg").as_posix() == "a/b.jpg"
    assert inner_path("a..b.jpg").as_posix() == "a..b.jpg"


def test_files(tmp_path):
    path = tmp_path / "a.json"
    with pytest.raises(DataError, match="there is no such file"):
        read_json(path)
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(DataError, match="a.json: expected JSON"):
        read_json(path)
    path.write_text('{"a": 1}')
    assert read_json(path) == {"a": 1}
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(path) == {"a": 1}
