import numpy as np
import pytest

from kseg.bundle import golden_labels
from kseg.errors import BundleError

VALUES = {"output": {"size": [4, 6]}, "classes": ["a", "b", "c"]}
LABELS = (np.arange(24) % 3).astype(np.uint8).reshape(4, 6)


def test_round_trip():
    content = golden_labels.to_file(LABELS)
    found = golden_labels.from_file(content, VALUES, "it")
    np.testing.assert_array_equal(found, LABELS)
    assert found.dtype == np.uint8


@pytest.mark.parametrize("other", [LABELS.astype(int), LABELS[..., None], None])
def test_refuses_to_write_other_arrays(other):
    with pytest.raises(BundleError, match="golden labels must be uint8 of rank 2"):
        golden_labels.to_file(other)


def test_refuses_another_size_and_labels_without_a_class():
    with pytest.raises(BundleError, match="it: its golden_labels.png must be a PNG of"):
        golden_labels.from_file(golden_labels.to_file(LABELS.T), VALUES, "it")
    with pytest.raises(BundleError, match="labels under 3, .* Received: 3"):
        golden_labels.from_file(golden_labels.to_file(LABELS + 1), VALUES, "it")
