"""A bundle's metadata and network, checked by `kseg.bundle.rules`."""

import copy
import json
import os
from typing import Any

from kseg.bundle.network import Network, Tensor, describe
from kseg.bundle.rules import RULES, Fail, applies, apply, evaluate
from kseg.errors import BundleError


def refusing(path: str | os.PathLike) -> Fail:
    """What raises a `BundleError` of a file, for `kseg.bundle.rules.apply`."""

    def fail(key: str, says: str, value: Any):
        text = "nothing" if value is None else json.dumps(value)
        raise BundleError(
            f"{path}: expected {key} to be {says}. Received: "
            f"{text if len(text) <= 60 else text[:60] + '...'}. Export the network "
            "again."
        )

    return fail


def check_metadata(said: Any, path: str | os.PathLike) -> dict[str, Any]:
    """Check what metadata.json says, by itself.

    Args:
        said: Its content.
        path: Of the bundle, for messages.

    Returns:
        A copy, with every default in its place.

    Raises:
        BundleError: It is of a newer format, or breaks a rule.
    """
    fail = refusing(path)
    if not isinstance(said, dict):
        fail("metadata.json", "an object", said)
    version = said.get("format_version")
    known = isinstance(version, (int, float)) and not isinstance(version, bool)
    if known and version > RULES["format_version"]:
        raise BundleError(
            f"{path} has format_version {version}; this kseg reads up to "
            f"{RULES['format_version']}. Install a newer kseg."
        )
    values = copy.deepcopy(said)
    apply(RULES["metadata"], values, fail)
    return values


def check_network(
    flatbuffer: bytes, values: dict[str, Any], path: str | os.PathLike
) -> None:
    """Check a network's operators and tensors against the metadata.

    Args:
        flatbuffer: The network.
        values: Of `check_metadata`; ``network`` is put in: what is known of it.
        path: Of the bundle, for messages.

    Raises:
        BundleError: It cannot be read, has operators that runtimes lack, or is not
            what the metadata says.
    """
    try:
        network = describe(flatbuffer)
    except IndexError as error:
        raise BundleError(
            f"{path}: its network cannot be read: {error}. Export the network again."
        ) from error
    if network.custom_ops:
        raise BundleError(
            f"{path} needs operators that runtimes lack: expected builtin ones only. "
            f"Received: {', '.join(network.custom_ops[:5])}. Export the network with "
            "kseg export, which uses builtin operators."
        )
    values["network"] = {
        "signatures": network.signatures,
        "inputs": len(network.inputs),
    }
    for rule in RULES["tensors"]:
        if applies(rule, values):
            _compare(rule, network, values, path)
    apply(RULES["network"], values, refusing(path))


def _compare(rule, network: Network, values, path) -> None:
    """One tensor; a side that has a letter is whatever it is where it comes first."""
    name, known = evaluate(rule["name"], values), values["network"]
    tensor = getattr(network, rule["side"]).get(name)
    shape = []
    for place, side in enumerate(rule["shape"]):
        if isinstance(side, str) and "." not in side:
            given = tensor.shape[place : place + 1] if tensor else ()
            side = known.setdefault(side, max(1, *given, 1))
        shape.append(evaluate(side, values))
    expected = Tensor(rule["type"], tuple(shape))
    if tensor != expected:
        received = _shown(tensor) if tensor else "none of that name"
        raise BundleError(
            f"{path}: expected an {rule['side'][:-1]} '{name}' of {_shown(expected)}, "
            f"as its metadata says. Received: {received}. Export the network again."
        )


def _shown(tensor: Tensor) -> str:
    return f"{tensor.type}, shape {'x'.join(map(str, tensor.shape))}"
