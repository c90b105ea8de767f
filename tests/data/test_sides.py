"""The chooser of the data layer; `tests/test_sides.py` compares its sides."""

from kseg.data.open import FORMATS
from kseg.data.sides import SIDES


def test_formats_are_of_a_kind_that_there_is():
    assert {layout.kind for layout in FORMATS.values()} == {*SIDES}
