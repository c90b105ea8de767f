"""The two sides of drawing and saving, by a network's task: nothing else here asks.

A side is a module with

- ``truth(dataset, index)``: what an image's result is compared with;
- ``draw(image, result, metadata, opacity)``: the result over its image;
- ``compare(image, target, result, metadata)``: image, truth and result;
- ``writer(metadata, out, opacity, masks)``: what writes the files of results.
"""

from types import ModuleType
from typing import Any

from kseg.show import labels, objects

SIDES: dict[str, ModuleType] = {"semantic": labels, "instances": objects}


def side_of(metadata: dict[str, Any]) -> ModuleType:
    """The side of a network by its metadata; without a task it gives label maps."""
    return SIDES[metadata.get("task", "semantic")]
