"""The table of published artefacts."""

import os

import pytest

from kseg.export.release.table import HEADER, RULE, Row, read_table, replace_rows

INT8 = Row("int8", 1234567, {"mean_iou": 0.5}, 10.0, 9.5, "LiteRT 2.0.3", "`x`; 3")
FLOAT = Row("float32", 4, {"a": 1.0, "b": 0.25}, 1.0, 0.125, "TensorFlow Lite 2", "")


def test_a_row_by_hand():
    assert INT8.line("net") == (
        "| net | int8 | 1,234,567 | mean_iou 0.5000 | 10.00 | 9.50 | LiteRT 2.0.3 "
        "| `x`; 3 |"
    )
    assert "| a 1.0000, b 0.2500 | 1.00 | 0.12 |" in FLOAT.line("net")


def test_a_new_file_is_the_table_alone(tmp_path):
    replace_rows(tmp_path / "README.md", "net", [FLOAT, INT8])
    lines = (tmp_path / "README.md").read_text().splitlines()
    assert lines == [HEADER, RULE, FLOAT.line("net"), INT8.line("net")]


def test_own_rows_are_replaced_where_they_stood(tmp_path):
    page = tmp_path / "README.md"
    others = [f"| {name} | by hand |" for name in ("first", "net-2", "last")]
    old = ["| net | float32 | old |", "| net | int8 | old |"]
    before, after = ["# Title", "", HEADER, RULE], ["", "| a | b |", "| net | not |"]
    table = [others[0], *old, *others[1:]]
    page.write_text("\n".join(before + table + after) + "\n")
    replace_rows(page, "net", [INT8])
    table = [others[0], INT8.line("net"), *others[1:]]
    assert page.read_text().splitlines() == before + table + after
    replace_rows(page, "new", [FLOAT])
    table.append(FLOAT.line("new"))
    assert page.read_text().splitlines() == before + table + after


@pytest.mark.parametrize("text", ["no table\n", f"{HEADER}\n{RULE}\n" * 2])
def test_a_page_without_one_table_is_refused(tmp_path, text):
    page = tmp_path / "README.md"
    page.write_text(text)
    with pytest.raises(ValueError, match="one table of artefacts"):
        replace_rows(page, "net", [INT8])
    assert page.read_text() == text


def test_an_interrupted_write_leaves_the_old_page(tmp_path, monkeypatch):
    page = tmp_path / "README.md"
    replace_rows(page, "net", [FLOAT])
    before = page.read_text()

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        replace_rows(page, "net", [INT8])
    assert page.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_where_the_rows_are(tmp_path):
    replace_rows(tmp_path / "README.md", "net", [FLOAT, INT8])
    lines, start, end = read_table(tmp_path / "README.md")
    assert lines[start:end] == [FLOAT.line("net"), INT8.line("net")]
    assert read_table(tmp_path / "none.md") == ([HEADER, RULE], 2, 2)
