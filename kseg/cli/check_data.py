"""``kseg check-data``: everything that is wrong with a data folder, file by file."""

from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import Format, bar, say


def check_data(
    data: Annotated[Path, typer.Argument(help="Folder of images and masks.")],
    format: Format = None,
) -> None:
    """Read every image and mask; list what is wrong (exit status 1 if anything is)."""
    from kseg.data import check_data as check

    problems = check(data, format=format, progress=bar("Reading"), say=say)
    for problem in problems:
        say(f"{problem.file}: {problem.what}. {problem.remedy}")
    say(f"{len(problems)} problems found" if problems else "No problems found")
    if problems:
        raise typer.Exit(1)
