"""Page and app judge by the rules that Python judges by."""

import json

import pytest

from tools import copy_rules


def test_the_copies_are_those_that_are_written():
    for path, content in copy_rules.copies().items():
        assert path.read_text("utf-8") == content, "run python -m tools.copy_rules"


def test_the_copies_hold_the_rules():
    rules = json.loads(copy_rules.SOURCE.read_text("utf-8"))
    page, app = (content for content in copy_rules.copies().values())
    assert json.loads(page.split(" = ", 1)[1].rstrip(";\n")) == rules
    assert json.loads(app.split('"""')[1]) == rules
    assert len(app.encode()) < 65_535  # what a constant of the JVM may have


def test_what_kotlin_would_read_otherwise_is_refused(tmp_path, monkeypatch):
    (tmp_path / "rules.json").write_text('{"a": "$b"}')
    monkeypatch.setattr(copy_rules, "SOURCE", tmp_path / "rules.json")
    with pytest.raises(ValueError, match="rules without"):
        copy_rules.copies()
