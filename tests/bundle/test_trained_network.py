"""A trained network that never changes: a silent change of numerics fails here.

tools/make_golden_bundle.py made it and printed the integers.
"""

from pathlib import Path

import numpy as np
import pytest

import kseg
from kseg import bundle
from kseg.predict.labels.separate import separate

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "tiny-int8.tflite"


@pytest.fixture(scope="module")
def content():
    return bundle.read(GOLDEN)


def test_this_machine_gives_the_stored_labels():
    # Kernels differ between processors in the last bit: near ties may fall otherwise.
    assert kseg.load(GOLDEN).self_check() >= 0.99


def test_the_stored_labels_give_the_stored_objects(content):
    labels = content.golden[1]
    assert np.bincount(labels.ravel(), minlength=3).tolist() == [13701, 2683, 0]
    ids = separate(labels, content.metadata["instances"])
    assert (ids.max(), np.count_nonzero(ids)) == (6, 2707)


def test_the_metadata_says_what_the_file_is(content):
    metadata = content.metadata
    assert metadata["format_version"] == 1
    assert metadata["quantization"] == "int8"
    assert metadata["input"]["size"] == [128, 128]
    assert metadata["classes"] == ["background", "nucleus", "border"]
    assert metadata["oldest_runtime"] == "2.16.1"
    assert metadata["flatbuffer_bytes"] == len(content.flatbuffer)
