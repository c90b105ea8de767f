"""CSV files: replaced when the new one is complete, and no formulas in them."""

import csv
import os
from collections.abc import Iterable, Sequence
from typing import Any

from kseg.files import atomic_path

# How a cell begins that spreadsheets run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_rows(path: str | os.PathLike, rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file.

    Args:
        path: The file.
        rows: Of cells, the header first. Text that would be a formula, as a class may
            be called "=1+1", gets an apostrophe before it; numbers stay as they are.

    Raises:
        OSError: The file cannot be written.
    """
    with atomic_path(path) as temporary:
        with open(temporary, "w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            for row in rows:
                writer.writerow([_harmless(cell) for cell in row])


def _harmless(cell):
    if not isinstance(cell, str) or not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
