"""The golden result of a network that finds objects: what it found; see `sides`.

As JSON, which a browser reads too, with every digit: a float32 is read back as it was.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from kseg.bundle.checks import refusing
from kseg.bundle.rules import RULES, apply
from kseg.bundle.strict_json import parse
from kseg.errors import BundleError

KEY, FILE = "instances", "golden_instances.json"
# ``mask_sums`` are of each mask's probabilities.
_TYPES = {
    "boxes": np.float32,
    "scores": np.float32,
    "classes": np.int32,
    "count": np.int32,
    "mask_sums": np.float64,
}


def to_file(result: Mapping[str, np.ndarray]) -> bytes:
    """The content of the file.

    Args:
        result: ``boxes`` (D, 4), ``scores`` (D,), ``classes`` (D,), ``count`` () and
            ``mask_sums`` (D,).

    Raises:
        BundleError: There are others.
    """
    if not isinstance(result, Mapping) or set(result) != set(_TYPES):
        names = sorted(result) if isinstance(result, Mapping) else type(result)
        raise BundleError(
            f"The golden objects must be {', '.join(_TYPES)}. Received: {names}."
        )
    lists = {name: np.asarray(result[name]).tolist() for name in _TYPES}
    return (json.dumps(lists) + "\n").encode()


def from_file(
    content: bytes, values: dict[str, Any], path: str | os.PathLike
) -> dict[str, np.ndarray]:
    """The inverse of `to_file`.

    Args:
        content: Of the file.
        values: Of `kseg.bundle.checks.check_metadata`, after ``check_network``.
        path: Of the bundle, for messages.

    Raises:
        BundleError: It is no JSON, or they do not fit one another or the network.
    """
    try:
        values["golden_objects"] = parse(content)
    except ValueError as error:
        raise BundleError(
            f"{path}: its {FILE} is not JSON: {error}. Export the network again."
        ) from error
    apply(RULES["golden_objects"], values, refusing(path))
    objects = values.pop("golden_objects")
    arrays = {name: np.array(objects[name], kind) for name, kind in _TYPES.items()}
    # A list of no rows does not say how long they are.
    return arrays | {"boxes": arrays["boxes"].reshape(-1, 4)}
