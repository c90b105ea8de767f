"""A text file with the name of a class on each line."""

from pathlib import Path

from kseg.data.reading.text_file import read_text
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
    lines = read_text(path, "Write one class name a line.").splitlines()
    names = tuple(line.strip() for line in lines if line.strip())
    if not names or len(set(names)) < len(names):
        found = "a name twice" if names else "none"
        raise BadFile(
            path,
            f"expected a different name for each class. Received: {found}",
            "Write one class name a line.",
        )
    return names
