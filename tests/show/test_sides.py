import pytest

from kseg.show import labels, objects
from kseg.show.sides import side_of


def test_metadata_choose():
    assert side_of({"task": "instances"}) is objects
    assert side_of({"task": "semantic"}) is side_of({}) is labels
    with pytest.raises(KeyError):
        side_of({"task": "depth"})
