"""The errors that kseg raises for bad input: all are ``ValueError``.

Each message says what was expected, what was received and what to do. The command
line prints the message alone; a traceback always means a defect in kseg.
"""


class DataError(ValueError):
    """An image, mask, annotation or data folder cannot be used; names the file."""


class RunError(ValueError):
    """A run folder cannot be used as asked, or its arguments differ."""


class BundleError(ValueError):
    """A file is not a kseg bundle, is damaged, or needs a newer reader."""


class ExportError(ValueError):
    """A network could not be exported: nothing was written."""
