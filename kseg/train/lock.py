"""One process at a time writes into a run folder."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kseg.errors import RunError

NAME = ".lock"

_held: set[Path] = set()  # by this process


@contextmanager
def locked(folder: str | os.PathLike, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a run folder, a file with the host's name and the process.

    What a process of this host left that no longer runs is taken over. The folder is
    made; where it is still empty at the end it goes again.

    Args:
        folder: Of the run; it or its parent exists, or can be made.
        say: Prints a line.

    Raises:
        RunError: Another process holds the lock; it is named.
        OSError: The folder cannot be written.
    """
    folder = Path(folder)
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder.resolve() / NAME
    _take(path, say)
    _held.add(path)
    try:
        yield
    finally:
        _held.discard(path)
        path.unlink(missing_ok=True)
        if new:
            with suppress(OSError):  # it is full, as a rule
                folder.rmdir()


def _take(path: Path, say: Callable[[str], None]) -> None:
    own = json.dumps(_this_process())
    while True:
        with suppress(FileExistsError):
            with open(path, "x", encoding="utf-8") as stream:
                stream.write(own)
            return
        with suppress(FileNotFoundError):  # its owner has just ended
            _break(path, say)


def _break(path: Path, say: Callable[[str], None]) -> None:
    """Remove a lock that nobody holds any longer."""
    text = path.read_text("utf-8")
    try:
        owner = json.loads(text)
        host, process = owner["host"], int(owner["process"])
    except (ValueError, TypeError, KeyError):
        raise _taken(path, "which does not say of whom") from None
    if host != platform.node() or _runs(path, process, owner.get("started")):
        raise _taken(path, f"held by process {process} on {host}")
    # Of two that find the same lock one moves it; what it moves may be a newer one.
    aside = path.with_name(f"{NAME}.{os.getpid()}")
    os.rename(path, aside)
    if aside.read_text("utf-8") != text:
        os.rename(aside, path)
        return
    aside.unlink()
    say(f"Took over {path.parent}: process {process}, which held it, no longer runs")


def _taken(path: Path, what: str) -> RunError:
    return RunError(
        f"Expected that nothing else trains in {path.parent}. Received: a lock, {what}."
        " Wait for its end, or name another folder with --out; if no training runs "
        f"there any longer, remove {path}."
    )


def _this_process() -> dict[str, Any]:
    process = os.getpid()
    started = _started(process)
    return {"host": platform.node(), "process": process, "started": started}


def _runs(path: Path, process: int, started: str | None) -> bool:
    """Whether a process of this host still runs, and is the one that took the lock."""
    if process == os.getpid():  # in a container all have the same number
        return path in _held
    if os.name == "nt":  # where a signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    # Numbers are given again, and the start tells one process from the next.
    return started is None or _started(process) == started


def _started(process: int) -> str | None:
    """When a process started, where the system says so; None of one that has ended."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("utf-8")
        state, *fields = text.rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else f"{boot} {fields[18]}"
