"""The files of a run folder, read with errors that name them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from kseg.errors import RunError

FORMAT_VERSION = 1

RECORD = {
    "format_version": int,
    "arguments": dict,
    "metadata": dict,
    "split.train": list,
    "split.val": list,
}
# Of a run that was not trained here, and still predicts.
UNSAID = {"format_version": 1, "arguments": {}, "split": {"train": [], "val": []}}
STATE = {"epoch": int, "seconds": (int, float), "history": list}


def read_record(path: Path) -> dict[str, Any]:
    """The contents of a ``run.json``.

    Raises:
        RunError: It is missing, damaged, or of a newer kseg.
    """
    if not path.exists():
        raise RunError(
            f"Expected a run folder with a run.json. Received: {path.parent}. "
            "Train one with `kseg train`, or give the folder that --out named."
        )
    remedy = "Restore the file, or train into another folder."
    record = _read_json(path, "the record of a run", remedy)
    version = record.get("format_version") if isinstance(record, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise RunError(
            f"Expected a run of format {FORMAT_VERSION} or older. Received: "
            f"format {version} in {path}. Install a newer kseg."
        )
    if isinstance(record, dict):
        record = {**UNSAID, **record}
    _check(record, RECORD, path, "the record of a run", remedy)
    return record


def read_state(path: Path) -> dict[str, Any]:
    """The contents of a checkpoint's ``state.json``.

    Raises:
        RunError: It is missing or damaged.
    """
    what, remedy = "the state of a training", _without(path.parent)
    state = _read_json(path, what, remedy)
    _check(state, STATE, path, what, remedy)
    if not all(isinstance(row, dict) for row in state["history"]):
        raise _damaged(path, what, "history with other things than rows", remedy)
    return state


def read_average(path: Path) -> list[np.ndarray]:
    """The arrays of a checkpoint's ``average.npz``, in order.

    Raises:
        RunError: It is missing or damaged.
    """
    try:
        with np.load(path) as arrays:
            return [arrays[f"arr_{i}"] for i in range(len(arrays))]
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        what, remedy = "the average of a network's weights", _without(path.parent)
        raise _damaged(path, what, error, remedy) from None


def read_network(path: Path, **options):
    """The Keras model of a ``.keras`` file.

    Args:
        path: The file.
        **options: Of ``keras.models.load_model``.

    Raises:
        RunError: It is missing or damaged.
    """
    import keras

    try:
        return keras.models.load_model(path, **options)
    except MemoryError:
        raise
    except Exception as error:  # what a damaged file does in Keras has no end
        what, remedy = "a network that kseg saved", "Restore it, or name another."
        if path.name == "model.keras":
            remedy = _without(path.parent)
        raise _damaged(path, what, error, remedy) from error


def _without(checkpoint: Path) -> str:
    run = checkpoint.parents[1]
    return (
        f"Restore {checkpoint}, or start a new run from the best network: --out NEW "
        f"--from {run}."
    )


def _read_json(path: Path, what: str, remedy: str) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, what, error, remedy) from None


def _check(values: Any, kinds: Mapping[str, Any], path, what, remedy) -> None:
    for key, kind in kinds.items():
        value = values
        for name in key.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, kind) or isinstance(value, bool):
            received = f"{key}: {str(value)[:40]}"
            raise _damaged(path, what, received, remedy)


def _damaged(path, what, received, remedy) -> RunError:
    lines = str(received).splitlines() or [type(received).__name__]
    return RunError(f"Expected {path} to be {what}. Received: {lines[0]}. {remedy}")
