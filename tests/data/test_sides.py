"""The chooser of the data layer: both sides have the same functions."""

import inspect

from kseg.data.open import FORMATS
from kseg.data.sides import SIDES


def public(side):
    """Functions of a side's own, with their parameters, and its constants."""
    found = {}
    for name, value in vars(side).items():
        if name.isupper():
            found[name] = None
        elif inspect.isfunction(value) and value.__module__ == side.__name__:
            found[name] = [*inspect.signature(value).parameters]
    return {name: value for name, value in found.items() if not name.startswith("_")}


def test_both_sides_have_the_same_functions():
    own = {"labels": {"empty"}, "instances": {"FAR", "far_pieces"}}
    first, second = (
        {k: v for k, v in public(side).items() if k not in own[kind]}
        for kind, side in SIDES.items()
    )
    assert first == second and "read_target" in first


def test_formats_are_of_a_kind_that_there_is():
    assert {layout.kind for layout in FORMATS.values()} == {*SIDES}
