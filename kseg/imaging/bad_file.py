"""The error of one bad file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from kseg.errors import DataError


class BadFile(DataError):
    """One file that cannot be used: which, what is wrong with it, and what to do.

    Attributes:
        file: The path, as it was given.
        what: What was expected and what was received, without a full stop.
        remedy: What to do, a sentence.
    """

    def __init__(self, file: str | os.PathLike, what: str, remedy: str):
        super().__init__(f"{file}: {what}. {remedy}")
        self.file, self.what, self.remedy = os.fspath(file), what, remedy


@contextmanager
def decoding(path: str | os.PathLike, what: str = "cannot be decoded") -> Iterator:
    """Any error of a decoder becomes that of its file: a job names it and goes on.

    Args:
        path: The file that is decoded inside.
        what: What is said of it.

    Raises:
        BadFile: In place of every other exception.
    """
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # decoders raise many kinds on a damaged file
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise BadFile(
            path,
            f"{what} ({reason})",
            "Copy the file again or save it as PNG.",
        ) from error
