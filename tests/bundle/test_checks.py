"""Metadata and network against the rules; page and app are given the same cases."""

import json
import re
from pathlib import Path

import pytest

from kseg import bundle
from kseg.bundle.rules import RULES
from kseg.errors import BundleError
from tests.bundle import small
from tools.rewrite_bundle import members_of, rewrite
from tools.web_golden_bundles import OBJECTS, TYPES, flatbuffer
from tools.web_golden_verdicts import CASES, verdicts

BUNDLES = Path(__file__).parents[2] / "web_demo" / "tests" / "golden" / "bundles"


def read_as(tmp_path, name, text):
    """A golden bundle, with other metadata."""
    sound, path = BUNDLES / f"{name}.tflite", tmp_path / "it.tflite"
    flatbuffer = bundle.read(sound).flatbuffer
    rewrite(path, flatbuffer, members_of(sound) | {"metadata.json": text.encode()})
    return bundle.read(path)


@pytest.mark.parametrize(
    "case",
    verdicts(BUNDLES),
    ids=[
        re.sub(" at 0x[0-9a-f]+", "", str(change))[:60]
        for changes in CASES.values()
        for change, _ in changes
    ],
)
def test_metadata_is_judged_by_the_rules(tmp_path, case):
    if case["key"] is None:
        read_as(tmp_path, case["bundle"], case["metadata"])
        return
    with pytest.raises(BundleError, match="it.tflite: expected ") as caught:
        read_as(tmp_path, case["bundle"], case["metadata"])
    assert f"expected {case['key']} to be " in str(caught.value)
    assert str(caught.value).endswith("Export the network again.")


def test_every_key_is_among_the_cases():
    refused = {case["key"] for case in verdicts(BUNDLES)} | {"sha256"}
    refused |= {"flatbuffer_bytes", "parts", "parts.regions"}  # below, or like others
    refused |= {"output.boxes", "output.scores", "output.classes"}
    assert {rule["key"] for rule in RULES["metadata"]} <= refused


@pytest.mark.parametrize(
    "change, match",
    [
        ({"sha256": 7}, "expected sha256 to be a text"),
        ({"sha256": "0" * 64}, "altered or damaged"),
        ({"flatbuffer_bytes": 7}, "expected flatbuffer_bytes to be"),
        ({"flatbuffer_bytes": 2**31}, "expected flatbuffer_bytes to be"),
        ({"flatbuffer_bytes": 2**31 - 1}, "altered or damaged"),
    ],
)
def test_what_is_said_of_the_network(tmp_path, change, match):
    said = json.loads(members_of(BUNDLES / "labels.tflite")["metadata.json"])
    with pytest.raises(BundleError, match=match):
        read_as(tmp_path, "labels", json.dumps(said | change))


IMAGE = {"image": (TYPES.UINT8, [1, 6, 10, 3])}


@pytest.mark.parametrize(
    "inputs, outputs, match",
    [
        (
            IMAGE,
            {"labels": (TYPES.UINT8, [1, 6, 9])},
            "output 'labels' of uint8.*1x6x9",
        ),
        (IMAGE, {"labels": (TYPES.INT32, [1, 6, 10])}, "Received: int32, shape 1x6x10"),
        (IMAGE, {"other": (TYPES.UINT8, [1, 6, 10])}, "Received: none of that name"),
        (IMAGE, {"labels": (TYPES.UINT8, [1, 6, -1])}, "Received: uint8, shape 1x6x-1"),
        ({"image": (TYPES.UINT8, [1, 6, 10, 4])}, {}, "an input 'image' of uint8"),
        ({}, {}, "an input 'image' of uint8, shape 1x6x10x3.*Received: none"),
        (
            IMAGE | {"mask": (TYPES.UINT8, [1])},
            {"labels": (TYPES.UINT8, [1, 6, 10])},
            "network.inputs to be one. Received: 2",
        ),
    ],
)
def test_a_network_is_what_its_metadata_says(tmp_path, inputs, outputs, match):
    path, network = tmp_path / "net.tflite", flatbuffer(inputs, outputs)
    with pytest.raises(BundleError, match=match):
        bundle.write(path, network, small.metadata(), small.golden())


@pytest.mark.parametrize(
    "change, match",
    [
        ({"boxes": (TYPES.FLOAT32, [1, 5, 4])}, "'scores' of float32, shape 1x5.*1x4"),
        ({"masks": (TYPES.FLOAT32, [1, 4, 2, 3])}, "'masks' of .* 1x4x2x2.*1x4x2x3"),
        ({"classes": (TYPES.FLOAT32, [1, 4])}, "'classes' of int32"),
        ({"count": (TYPES.INT32, [])}, "'count' of int32, shape 1. as"),
        ({"boxes": (TYPES.FLOAT32, [1, 0, 4])}, "'boxes' of float32, shape 1x1x4"),
    ],
)
def test_a_network_of_objects_is_what_its_metadata_says(tmp_path, change, match):
    network = flatbuffer(IMAGE, OBJECTS | change)
    said, pair = small.metadata(task="instances"), (small.image(), small.objects())
    with pytest.raises(BundleError, match=match.replace("1. as", "1, as")):
        bundle.write(tmp_path / "net.tflite", network, said, pair)


@pytest.mark.parametrize("logits", [1, 2, 5])
def test_logits_have_a_channel_for_each_class_or_more(tmp_path, logits):
    path, said = tmp_path / "net.tflite", small.metadata()
    said["output"]["kind"] = "logits"
    network = small.network(logits=logits)
    if logits < 2:
        with pytest.raises(BundleError, match="expected classes to be at most as many"):
            bundle.write(path, network, said, small.golden())
    else:
        bundle.write(path, network, said, small.golden())
        assert bundle.read(path).metadata["output"]["kind"] == "logits"


def test_operators_that_runtimes_lack_are_refused(tmp_path):
    network = flatbuffer(IMAGE, {"labels": (TYPES.UINT8, [1, 6, 10])}, "FlexErf")
    with pytest.raises(BundleError, match="builtin ones only. Received: FlexErf"):
        bundle.write(tmp_path / "x.tflite", network, small.metadata(), small.golden())
