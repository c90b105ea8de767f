"""The texts of the Android app: each is used, and gets a value for each place."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

MAIN = Path(__file__).parents[2] / "android_demo/app/src/main"
TEXTS = {
    string.get("name"): string.text
    for string in ElementTree.parse(MAIN / "res/values/strings.xml").getroot()
}
KOTLIN = "\n".join(path.read_text() for path in sorted(MAIN.rglob("*.kt")))
FILES = KOTLIN + "\n".join(path.read_text() for path in sorted(MAIN.rglob("*.xml")))
FORMATTED = re.compile(r"\b(?:getString|text)\(R\.string\.(\w+)")


def values(start):
    """How many values follow in a call, from behind the text's name to its bracket."""
    depth, commas = 1, 0
    for letter in KOTLIN[start:]:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return commas
        commas += letter == "," and depth == 1
    raise AssertionError("a call without an end")


@pytest.mark.parametrize("name", TEXTS)
def test_each_is_used(name):
    assert re.search(rf"(R\.string\.|@string/){name}\b", FILES)


def test_each_call_gives_as_many_values_as_there_are_places():
    calls = [(call[1], values(call.end())) for call in FORMATTED.finditer(KOTLIN)]
    places = {
        name: len(set(re.findall(r"%(\d)\$", text))) for name, text in TEXTS.items()
    }
    assert len(calls) > 20
    assert calls == [(name, places[name]) for name, _ in calls]
