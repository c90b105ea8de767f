"""The error of one bad file."""

import os

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
