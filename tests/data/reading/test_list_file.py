"""Lists of images, as others write them."""

import pytest

from kseg.data.reading.list_file import missing_image, read_list
from kseg.errors import DataError


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("a", "a"),
        ("a.png", "a"),
        ("a.PNG", "a"),
        ("./images/x/b.jpg", "x/b"),
        ("/home/me/data/images/x/b.jpg", "x/b"),
        ("images\\x\\b.jpg", "x/b"),
        ("D:\\data\\images\\a.png", "a"),
        ('"x/b.png"', "x/b"),
        ("'c d.png'", "c d"),
        ("/home/x/b.jpg /home/masks/x/b.png", "x/b"),
        ("c d", "c d"),
        ("#1, 'e'.png", "#1, 'e'"),
        ("v1.2", "v1.2"),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_names_in_a_line(tmp_path, line, name, mark):
    known = ("a", "x/b", "c d", "#1, 'e'", "v1.2")
    path = tmp_path / "val.txt"
    path.write_bytes(f"{mark}{line}\r\n".encode())
    assert read_list(path, known) == ([name], [])


def test_names_that_are_not_there(tmp_path):
    path = tmp_path / "val.txt"
    path.write_text("a\nb.png\nimages/c.png\n")
    assert read_list(path, ("a",)) == (["a", "b", "images/c"], ["b", "images/c"])
    error = missing_image(path, "b", 2)
    assert str(error).startswith(f"{path}: ") and "2 such lines in all" in str(error)


@pytest.mark.parametrize(
    ("text", "message"), [("\n \n", "lists no images"), ("a\na.png", "lists 'a' twice")]
)
def test_lists_that_are_none(tmp_path, text, message):
    path = tmp_path / "val.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_list(path, ("a",))
