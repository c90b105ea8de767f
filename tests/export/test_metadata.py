"""Metadata as given, and what a model tells of itself for the rest."""

import pytest

from kseg.errors import ExportError
from kseg.export.metadata import complete, with_facts
from kseg.models import UNet

DESCRIBED = {
    "name": "net",
    "input": {"size": [8, 9], "channels": 3, "resize": "tile"},
    "classes": ["class 0", "class 1"],
    "instances": None,
}


def test_what_is_given_stays_and_the_rest_is_the_models():
    given = {"name": "mine", "input": {"size": [1, 1], "intensity": "x"}, "more": 1}
    assert complete(DESCRIBED, given | {"gives": "logits"}) == {
        "name": "mine",
        "input": {"size": [1, 1], "channels": 3, "resize": "tile", "intensity": "x"},
        "classes": ["class 0", "class 1"],
        "instances": None,
        "more": 1,
    }


def test_other_numbers_of_classes():
    given = {"classes": ["a", "b", "c"]}
    with pytest.raises(ExportError, match="Expected 2 classes.*Received: 3"):
        complete(DESCRIBED, given)
    assert complete(DESCRIBED, given, exact=False)["classes"] == ["a", "b", "c"]


def test_facts_of_the_file_replace_what_a_run_said():
    model = UNet(2, (32, 48, 1), padding="same", base_filters=2, depth=1)
    given = complete(DESCRIBED, {"output": {"old": 1}, "quantization": "none"})
    found = with_facts(given, model, "int8", {"name": "labels"})
    assert found["input"] == {
        "name": "image",
        "size": [32, 48],
        "channels": 1,
        "dtype": "uint8",
        "resize": "tile",
    }
    assert found["output"] == {"name": "labels"} and found["quantization"] == "int8"
