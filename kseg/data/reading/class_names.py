"""A text file with the name of a class on each line."""

from pathlib import Path

from kseg.data.reading.text_file import read_lines
from kseg.imaging.bad_file import BadFile


def read_names(path: Path) -> tuple[str, ...]:
    """The names, in order; empty lines are left out.

    Args:
        path: The text file, of the classes of objects, without the background.

    Returns:
        The names.

    Raises:
        BadFile: It is no text, holds no name, or one twice.
    """
    names = tuple(read_lines(path, "Write one class name a line."))
    if not names or len(set(names)) < len(names):
        received = "a name twice" if names else "none"
        raise BadFile(
            path,
            f"expected a different name for each class. Received: {received}",
            "Write one class name a line.",
        )
    return names
