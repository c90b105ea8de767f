"""``kseg benchmark``: how long a bundle takes on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import say


def benchmark(
    bundles: Annotated[list[Path], typer.Argument(help="One or more .tflite files.")],
    threads: Annotated[int, typer.Option(help="Of the runtime.")] = 2,
    runs: Annotated[int, typer.Option(help="Timed runs of each file.")] = 30,
) -> None:
    """Time files side by side, in turn, so that a drifting machine is fair to all."""
    from kseg.predict.timing import time_bundles
    from kseg.quiet import quiet_stderr

    with quiet_stderr():  # the runtime says that it made its delegate
        rows = time_bundles(bundles, threads=threads, runs=runs)
    for row in rows:
        say(
            f"{row['file']}: median {row['median_ms']:.2f} ms, best "
            f"{row['best_ms']:.2f} ms, {row['megabytes']:.2f} MB"
        )
