import json

import numpy as np
import pytest

from kseg.bundle import golden_objects
from kseg.errors import BundleError
from tests.bundle import small


def values(most=small.MOST):
    return {"classes": ["background", "cell"], "network": {"D": most, "m": 2}}


def test_round_trip_to_the_last_digit():
    given = small.objects()
    found = golden_objects.from_file(golden_objects.to_file(given), values(), "it")
    assert found.keys() == given.keys()
    for name, value in given.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == value.dtype


def test_there_may_be_none():
    none = {k: v[:0] for k, v in small.objects().items() if k != "count"}
    content = golden_objects.to_file({**none, "count": np.int32(0)})
    found = golden_objects.from_file(content, values(), "it")
    assert found["boxes"].shape == (0, 4) and found["count"] == 0


@pytest.mark.parametrize("other", [np.zeros(3), {"boxes": 1}, None])
def test_refuses_to_write_others(other):
    with pytest.raises(BundleError, match="golden objects must be boxes, scores"):
        golden_objects.to_file(other)


@pytest.mark.parametrize(
    "change, match",
    [
        ({"scores": None}, "golden_objects.scores to be float32 numbers"),
        ({"scores": [1, 1e39, 0]}, "golden_objects.scores to be float32 numbers"),
        ({"scores": [1] * 5}, "golden_objects.scores to be as many as the network"),
        ({"boxes": [[0, 0, 1, 1]]}, "golden_objects.boxes to be as many as there are"),
        ({"boxes": [[0, 0, 1]] * 3}, "golden_objects.boxes to be lists of four"),
        ({"classes": [1, 1, 0.5]}, "golden_objects.classes to be whole numbers"),
        ({"classes": [1, 2, 0]}, "golden_objects.classes to be ids of classes"),
        ({"classes": [1, 1]}, "golden_objects.classes to be as many"),
        ({"count": 4}, "golden_objects.count to be as many as there are scores, or"),
        ({"count": -1}, "golden_objects.count to be a whole number"),
        ({"count": 2**40}, "golden_objects.count to be a whole number"),
        ({"mask_sums": [1, 2]}, "golden_objects.mask_sums to be as many"),
        ({"mask_sums": [1, 2, True]}, "golden_objects.mask_sums to be numbers"),
    ],
)
def test_refuses_what_does_not_fit(change, match):
    said = json.loads(golden_objects.to_file(small.objects())) | change
    with pytest.raises(BundleError, match=f"it: expected {match}"):
        golden_objects.from_file(json.dumps(said).encode(), values(), "it")


@pytest.mark.parametrize(
    "text, match", [(b"{", "is not JSON"), (b"[]", "golden_objects to be an object")]
)
def test_refuses_what_is_no_object(text, match):
    with pytest.raises(BundleError, match=match):
        golden_objects.from_file(text, values(), "it")
