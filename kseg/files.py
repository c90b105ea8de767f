"""Writing files so that a kill leaves the old file whole."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a path beside ``path`` that replaces it when the block succeeds.

    The block writes a file or makes a folder at the yielded path. On success it is
    flushed to disk and renamed over ``path``; on any error it is removed and what was
    at ``path`` stays as it was. A temporary path keeps the suffix, because some
    writers choose their format by it.

    Args:
        path: The file or folder to write. Parent folders are made.

    Yields:
        A path in a hidden folder beside ``path``.

    Raises:
        OSError: The folder cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        temporary = staging / path.name
        yield temporary
        _flush(temporary)
        _replace(temporary, path, staging / "replaced")
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def check_writable(folder: str | os.PathLike) -> None:
    """Make a folder, and find out whether files can be written into it.

    What takes long asks first, and not when all is done.

    Args:
        folder: The folder; its parents are made.

    Raises:
        OSError: It cannot be made, or written into.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()


def _replace(new: Path, path: Path, aside: Path) -> None:
    if not path.is_dir() or path.is_symlink():
        os.replace(new, path)
        return
    # A folder cannot be renamed over a full one: move the old one aside.
    os.rename(path, aside)
    try:
        os.replace(new, path)
    except OSError:
        os.rename(aside, path)
        raise


def _flush(path: Path) -> None:
    files = [f for f in path.rglob("*") if f.is_file()] if path.is_dir() else [path]
    for file in files:
        with open(file, "rb") as stream:
            os.fsync(stream.fileno())
