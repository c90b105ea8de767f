"""The table of published artefacts in export/README.md, rewritten row by row."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kseg.files import atomic_path

HEADER = "| artefact | format | bytes | score | ms | best ms | runs from | made by |"
RULE = "|---|---|---:|---|---:|---:|---|---|"


class Row(NamedTuple):
    """One file of an artefact.

    Attributes:
        format: ``float32``, ``float16``, ``dynamic`` or ``int8``.
        bytes: Of the file, metadata included.
        scores: Name to number, as `kseg evaluate` prints them.
        median_ms: Time of the network alone, as `kseg benchmark` prints it.
        best_ms: Likewise.
        runtime: The oldest that takes the file.
        made_by: The command, and on what.
    """

    format: str
    bytes: int
    scores: Mapping[str, float]
    median_ms: float
    best_ms: float
    runtime: str
    made_by: str

    def line(self, artefact: str) -> str:
        """The row in Markdown."""
        scores = ", ".join(f"{name} {value:.4f}" for name, value in self.scores.items())
        times = (f"{ms:.2f}" for ms in (self.median_ms, self.best_ms))
        cells = (artefact, self.format, f"{self.bytes:,}", scores, *times)
        return f"| {' | '.join((*cells, self.runtime, self.made_by))} |"


def read_table(path: str | os.PathLike) -> tuple[list[str], int, int]:
    """A file's lines, and which of them are the rows of its table of artefacts.

    Args:
        path: A Markdown file; where there is none, one with an empty table is read.

    Returns:
        The lines, the index of the first row, and that behind the last one.

    Raises:
        ValueError: The file has no such table, or several.
    """
    path = Path(path)
    text = path.read_text("utf-8") if path.exists() else f"{HEADER}\n{RULE}\n"
    lines = text.splitlines()
    if lines.count(HEADER) != 1:
        raise ValueError(
            f"Expected one table of artefacts in {path}, below the line {HEADER!r}. "
            f"Received: {lines.count(HEADER)} such lines. Restore the file, or name "
            "another folder."
        )
    start = end = lines.index(HEADER) + 2
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    return lines, start, end


def replace_rows(path: str | os.PathLike, artefact: str, rows: Sequence[Row]) -> None:
    """Put an artefact's rows in place of its old ones, or below the others.

    All else in the file stays. The new file is written beside the old one and renamed.

    Args:
        path: As `read_table` takes it.
        artefact: Whose rows.
        rows: A row for each file.

    Raises:
        ValueError: The file has no such table, or several.
        OSError: It cannot be written.
    """
    lines, start, end = read_table(path)
    table = lines[start:end]
    old = [i for i, line in enumerate(table) if line.startswith(f"| {artefact} |")]
    place = old[0] if old else len(table)
    kept = [line for i, line in enumerate(table) if i not in old]
    new = [row.line(artefact) for row in rows]
    lines[start:end] = kept[:place] + new + kept[place:]
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", "utf-8")
