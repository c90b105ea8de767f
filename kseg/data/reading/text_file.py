"""Read text that others wrote."""

import codecs
from pathlib import Path

from kseg.imaging.bad_file import BadFile
from kseg.imaging.io import read_bytes

_WIDE = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE


def read_text(path: Path, remedy: str) -> str:
    """The text of a file, with or without a byte order mark.

    Args:
        path: The file, in UTF-8; ends of lines as any system writes them.
        remedy: What to do about it if it is none, a sentence.

    Returns:
        The text, each line ended by a line feed alone.

    Raises:
        BadFile: It cannot be read, or is no UTF-8.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError) and data.startswith(_WIDE):
            remedy = f"It is UTF-16: save it as UTF-8. {remedy}"
        raise BadFile(path, f"expected a text file ({error})", remedy) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path, remedy: str) -> list[str]:
    """The lines of a file without what surrounds them; empty ones are left out.

    Args:
        path: As ``read_text`` has it.
        remedy: Likewise.

    Raises:
        BadFile: As ``read_text``.
    """
    lines = (line.strip() for line in read_text(path, remedy).split("\n"))
    return [line for line in lines if line]


def holds(path: Path, *words: bytes) -> bool:
    """Whether a file holds all of these words: what it may be, without reading it.

    Args:
        path: A file of any kind and size.
        words: As they stand in it.

    Returns:
        False also where it cannot be read.
    """
    try:
        data = read_bytes(path)
    except BadFile:
        return False
    return all(word in data for word in words)
