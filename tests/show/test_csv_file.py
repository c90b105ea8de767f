import csv

import pytest

from kseg.show.csv_file import write_rows


def test_formulas_are_text_and_numbers_stay_numbers(tmp_path):
    path = tmp_path / "sub" / "a.csv"
    texts = ["=1+1", "+cmd", "-x", "@SUM(A1)", "\tx", "plain", "a=b", "", "0001"]
    numbers = ["-1.50", "+2", "-1e-3", -4, -2.5]
    write_rows(path, [["name", "value"], texts, numbers])
    with open(path, newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["name", "value"]
    assert rows[1] == ["'=1+1", "'+cmd", "'-x", "'@SUM(A1)", "'\tx", *texts[5:]]
    assert rows[2] == ["-1.50", "+2", "-1e-3", "-4", "-2.5"]


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def rows():
        yield ["a"]
        raise ValueError("later")

    with pytest.raises(ValueError, match="later"):
        write_rows(path, rows())
    assert path.read_text() == "old"
