"""The metadata of a file: as given, and what a model tells of itself for the rest."""

from collections.abc import Mapping
from typing import Any

import keras

import kseg
from kseg.errors import ExportError


def complete(
    described: Mapping[str, Any], given: Mapping[str, Any], *, exact: bool = True
) -> dict[str, Any]:
    """``given``, and where it says nothing what the model tells of itself.

    Args:
        described: Of the model, as ``kseg.predict.describe_model`` gives it.
        given: Of a run, or a user's.
        exact: Whether the model knows how many classes there are.

    Raises:
        ExportError: It knows, and ``given`` names more or fewer.
    """
    taken = {**described["input"], **given.get("input", {})}
    merged = {**described, **given, "input": taken}
    classes, names = len(described["classes"]), list(merged["classes"])
    if exact and len(names) != classes:
        raise ExportError(
            f"Expected {classes} classes in metadata, as many as the network has, the "
            f"background among them. Received: {len(names)}, {names}."
        )
    merged.pop("gives", None)  # the file gives logits, whatever the model gave
    return merged


def with_facts(
    metadata: Mapping[str, Any],
    model: keras.Model,
    quantize: str,
    output: Mapping[str, Any],
) -> dict[str, Any]:
    """The metadata with what is so of this file, whatever a run said.

    Args:
        metadata: As `complete` gives it.
        model: As it was converted.
        quantize: The number format.
        output: The file's ``output`` in the metadata.
    """
    taken = {
        **metadata["input"],
        "name": "image",
        "size": list(model.input_shape[1:3]),
        "channels": model.input_shape[-1],
        "dtype": "uint8",
    }
    return {
        **metadata,
        "kseg_version": kseg.__version__,
        "quantization": quantize,
        "input": taken,
        "output": dict(output),
    }
