"""The two kinds of golden result, by a network's task: nothing else here asks for it.

A side is a module with

- ``KEY`` and ``FILE``: what the metadata calls the file, and its name in the bundle;
- ``to_file(result)``: its content;
- ``from_file(content, values, path)``: the result, checked against the metadata.
"""

from types import ModuleType
from typing import Any

from kseg.bundle import golden_labels, golden_objects

SIDES: dict[str, ModuleType] = {"semantic": golden_labels, "instances": golden_objects}


def side_of(values: dict[str, Any]) -> ModuleType:
    """The side of a network, by its metadata after `kseg.bundle.checks`."""
    return SIDES[values["task"]]
