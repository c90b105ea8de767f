"""Read text that others wrote."""

from pathlib import Path

from kseg.imaging.bad_file import BadFile


def read_text(path: Path, remedy: str) -> str:
    """The text of a file.

    Args:
        path: The file.
        remedy: What to do about it if it is none, a sentence.

    Raises:
        BadFile: It cannot be read, or is no UTF-8.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, f"expected a text file ({error})", remedy) from error
