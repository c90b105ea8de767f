"""The golden values of the web page are those that kseg computes today.

tools/make_web_golden.py wrote them; web_demo/tests/unit reads them.
"""

import base64
import json
import zlib

import cv2
import numpy as np
import pytest

from kseg import bundle
from tools import make_web_golden, web_golden_bundles

TARGET = make_web_golden.TARGET
NAMES = (
    *("prepared", "pngs", "label_maps", "label_networks", "object_networks"),
    "verdicts",
)


def unpacked(value):
    """Without what another zlib or PNG writer packs in another way."""
    if isinstance(value, list):
        return [unpacked(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "zlib" in value:
        value = {**value, "zlib": zlib.decompress(base64.b64decode(value["zlib"]))}
    return {key: unpacked(entry) for key, entry in value.items() if key != "png"}


@pytest.fixture(scope="module")
def contents():
    return make_web_golden.contents()


@pytest.mark.parametrize("name", NAMES)
def test_files_hold_what_kseg_computes(contents, name):
    stored = json.loads((TARGET / f"{name}.json").read_text("utf-8"))
    computed = json.loads(json.dumps(contents[name]))
    assert unpacked(stored) == unpacked(computed)


def test_every_file_is_compared(contents):
    assert {path.stem for path in TARGET.glob("*.json")} == set(contents) == set(NAMES)


def test_pngs_hold_their_images():
    for case in json.loads((TARGET / "pngs.json").read_text("utf-8")):
        file = np.frombuffer(base64.b64decode(case["png"]), np.uint8)
        found = cv2.imdecode(file, cv2.IMREAD_UNCHANGED)
        found = found[..., ::-1] if found.ndim == 3 else found
        assert found.tobytes() == unpacked(case)["image"]["zlib"]


def test_bundles_are_those_that_are_written(tmp_path):
    web_golden_bundles.write_all(tmp_path)
    written = {path.name: path for path in tmp_path.iterdir()}
    stored = {path.name: path for path in (TARGET / "bundles").iterdir()}
    assert written.keys() == stored.keys()
    for name, path in written.items():
        assert stored[name].read_bytes() == path.read_bytes(), name


def test_sound_bundles_are_read_by_kseg():
    for name in ("labels", "five_channels", "objects", "no_objects"):
        read = bundle.read(TARGET / "bundles" / f"{name}.tflite")
        assert read.metadata["name"] == "small"


def test_files_are_small():
    files = [path for path in TARGET.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 400_000
