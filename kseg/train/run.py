"""A run folder: all that reproduces a training, and all that it made.

    RUN/run.json               arguments, split, metadata of the network, environment
    RUN/history.csv            a row per epoch
    RUN/checkpoints/epoch_N/   model.keras (weights and optimiser), average.npz (moving
                               average of the weights) and state.json
    RUN/checkpoints/best.keras the network with the best validation score
    RUN/logs/                  TensorBoard
    RUN/previews/              a picture grid of validation results each few epochs
    RUN/export/                .tflite bundles

Everything is written beside and renamed, so that a kill at any moment loses at most
the epoch that was running.
"""

import csv
import json
import os
import shutil
from importlib import metadata as packages
from pathlib import Path
from typing import Any

import numpy as np

from kseg.errors import RunError
from kseg.files import atomic_path
from kseg.train.lock import NAME as LOCK
from kseg.train.options import completed
from kseg.train.run_files import (
    FORMAT_VERSION,
    read_average,
    read_record,
    read_state,
)

FOLDERS = ("checkpoints", "previews")  # in which is written as in the run's own


class Run:
    """An existing run folder.

    Args:
        path: The folder.

    Attributes:
        path: The folder.
        record: The contents of ``run.json``: ``arguments``, ``metadata``, ``split``,
            ``environment``.

    Raises:
        RunError: The folder is not a run, is damaged, or was written by a newer kseg.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        self.record: dict[str, Any] = read_record(self.path / "run.json")

    @property
    def best(self) -> Path:
        """The network with the best validation score."""
        return self.path / "checkpoints" / "best.keras"

    def last(self) -> tuple[Path, dict[str, Any], list[np.ndarray]] | None:
        """The newest complete checkpoint: ``.keras`` file, state, averaged weights.

        A checkpoint folder appears by one rename, so one that exists is complete.

        Raises:
            RunError: It is damaged; the file is named.
        """
        folders = self._checkpoints()
        if not folders:
            return None
        state = read_state(folders[-1] / "state.json")
        average = read_average(folders[-1] / "average.npz")
        return folders[-1] / "model.keras", state, average

    def save(self, model, state: dict[str, Any], average: list[np.ndarray]) -> None:
        """Write the checkpoint of ``state["epoch"]`` and drop the ones before it.

        Args:
            model: With its optimiser.
            state: All else that a resumed run needs, JSON; ``epoch`` and ``history``.
            average: The moving average of the weights.
        """
        folder = self.path / "checkpoints" / f"epoch_{state['epoch']:06d}"
        with atomic_path(folder) as temporary:
            temporary.mkdir()
            model.save(temporary / "model.keras")
            np.savez(temporary / "average.npz", *average)
            (temporary / "state.json").write_text(json.dumps(state), "utf-8")
        self._tidy(state["history"])

    def save_best(self, model, **metadata) -> None:
        """Replace ``checkpoints/best.keras``.

        Args:
            model: The network.
            **metadata: What of the run's metadata goes with this network, JSON.
        """
        with atomic_path(self.best) as temporary:
            model.save(temporary)
        if metadata:
            self.record["metadata"] |= metadata
            _write_record(self.path, self.record)

    def mend(self) -> None:
        """Do what a kill behind the last checkpoint left to do."""
        for folder in (self.path, *(self.path / name for name in FOLDERS)):
            _remove_unfinished(folder)
        folders = self._checkpoints()
        if folders:
            self._tidy(read_state(folders[-1] / "state.json")["history"])

    def _tidy(self, history: list[dict[str, Any]]) -> None:
        """Write ``history.csv``, and drop all checkpoints but the last."""
        with atomic_path(self.path / "history.csv") as temporary:
            with open(temporary, "w", newline="", encoding="utf-8") as stream:
                columns = list(dict.fromkeys(key for row in history for key in row))
                writer = csv.DictWriter(stream, columns)
                writer.writeheader()
                writer.writerows(history)
        for older in self._checkpoints()[:-1]:
            shutil.rmtree(older, ignore_errors=True)

    def _checkpoints(self) -> list[Path]:
        return sorted((self.path / "checkpoints").glob("epoch_*"))


def open_or_create(path: str | os.PathLike, record: dict[str, Any]) -> Run:
    """Open the run at ``path`` if it was made with the same record, or make it.

    A run that ended before its first checkpoint has nothing to lose: it is made again.

    Args:
        path: The folder.
        record: ``arguments``, ``split`` and ``metadata`` of the run, all JSON.

    Returns:
        The run: new, or one to resume.

    Raises:
        RunError: The run there has other arguments or another split (each difference
            is named), or the folder holds something else.
    """
    path = Path(path)
    check_place(path)
    # Through JSON, so that tuples and numbers compare as they will be read back.
    record = json.loads(json.dumps(record))
    if (path / "run.json").exists():
        run = Run(path)
        started = bool(run._checkpoints())
        if started:
            _check_same(run, record)
        run.mend()
        if started:
            return run
    _remove_unfinished(path)
    record |= {"format_version": FORMAT_VERSION, "environment": environment()}
    _write_record(path, record)
    return Run(path)


def check_place(path: str | os.PathLike) -> None:
    """Whether there is a run, or room for one.

    Raises:
        RunError: The folder holds something else.
    """
    path = Path(path)
    if (path / "run.json").exists() or not path.exists():
        return
    if not path.is_dir() or set(path.iterdir()) - _unfinished(path) - {path / LOCK}:
        raise RunError(
            f"Expected a new or empty folder for the run. Received: {path}, which "
            "holds other files. Name another folder with --out."
        )


def _write_record(path: Path, record: dict[str, Any]) -> None:
    with atomic_path(path / "run.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1), "utf-8")


def _unfinished(folder: Path) -> set[Path]:
    """What a kill in the middle of a write left: see `kseg.files.atomic_path`."""
    names = ("run.json", "history.csv", "best.keras", "epoch_*")
    return {path for name in names for path in folder.glob(f".{name}.*")}


def _remove_unfinished(folder: Path) -> None:
    for path in _unfinished(folder):
        shutil.rmtree(path, ignore_errors=True)


def _check_same(run: Run, record: dict[str, Any]) -> None:
    old, new = (completed(r["arguments"]) for r in (run.record, record))
    differences = [
        f"  {key}: the run has {old.get(key)!r}, received {new.get(key)!r}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]
    facts = [
        {
            "classes": each["metadata"].get("classes"),
            # Older runs do not say.
            "backend": each.get("backend", record.get("backend")),
        }
        for each in (run.record, record)
    ]
    differences += [
        f"  {name}: the run has {facts[0][name]}, received {facts[1][name]}"
        for name in facts[0]
        if facts[0][name] != facts[1][name]
    ]
    for part in ("train", "val"):
        before, now = set(run.record["split"][part]), set(record["split"][part])
        if before != now:
            differences.append(
                f"  {part} images: {len(before - now)} are missing now, "
                f"{len(now - before)} are new"
            )
    if differences:
        raise RunError(
            f"Expected the arguments that {run.path} was started with, to resume it. "
            "Received others:\n" + "\n".join(differences) + "\n"
            "Repeat the run's own arguments to resume, or start a new run with "
            f"--out NEW --from {run.path}."
        )


def environment() -> dict[str, str]:
    """Versions of what a run's numbers depend on."""
    import platform

    versions = {"python": platform.python_version(), "machine": platform.machine()}
    for name in ("kseg", "keras", "tensorflow", "tensorflow-cpu", "jax", "numpy"):
        try:
            versions[name] = packages.version(name)
        except packages.PackageNotFoundError:
            continue
    return versions
