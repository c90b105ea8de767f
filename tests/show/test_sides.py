import pytest

from kseg.show import labels, objects
from kseg.show.sides import SIDES, side_of
from tests.predict.test_sides import functions


def test_the_sides_have_the_same_functions():
    first, *others = map(functions, SIDES.values())
    assert first.keys() >= {"compare", "draw", "truth", "writer"}
    assert all(other == first for other in others)


def test_metadata_choose():
    assert side_of({"task": "instances"}) is objects
    assert side_of({"task": "semantic"}) is side_of({}) is labels
    with pytest.raises(KeyError):
        side_of({"task": "depth"})
