import base64

import pytest
from jinja2 import UndefinedError

from kseg.show.html import picture_url, write_page


def values(**others):
    row = {"name": '"><script>', "scores": {"<i>": 0.5, "found": 3}, "picture": "x"}
    return {"title": "<script>", "lead": "&", "rows": iter([row]), **others}


def test_text_is_escaped_wherever_it_stands(tmp_path):
    write_page(tmp_path / "a.html", "worst.html", **values())
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<script" not in page and "<i>" not in page
    assert page.count("&lt;script&gt;") == 4  # head, title, section, picture
    assert "&lt;i&gt; 0.500 · found 3</p>" in page


def test_a_value_that_is_missing_leaves_the_old_page(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("old")
    given = values()
    del given["lead"]
    with pytest.raises(UndefinedError, match="lead"):
        write_page(path, "worst.html", **given)
    assert path.read_text() == "old"


def test_a_picture_lies_in_the_page():
    url = picture_url(b"\x89PNG", "png")
    assert url.startswith("data:image/png;base64,")
    assert base64.b64decode(url.split(",")[1]) == b"\x89PNG"
