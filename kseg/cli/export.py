"""``kseg export``: one .tflite file of builtin operators from a run."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import Format, say, start_tensorflow


def export(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    quantize: Annotated[
        str, typer.Option(help="float32, float16, dynamic or int8.")
    ] = "float32",
    calibrate: Annotated[
        Path | None,
        typer.Option(help="Data to calibrate and check with; the run's own if left."),
    ] = None,
    format: Format = None,
    split: Annotated[
        str, typer.Option(help="Images of --calibrate to calibrate with.")
    ] = "train",
    check_split: Annotated[
        str, typer.Option(help="Images of --calibrate to compare with Keras on.")
    ] = "val",
    size: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="H W", help="Input size; that of training by default."),
    ] = None,
    logits: Annotated[
        bool, typer.Option("--logits", help="Logits out instead of a label map.")
    ] = False,
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LIMIT",
            help="Of the comparison with Keras, such as agreement=0.9; repeat it.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file; RUN/export/NAME-FORMAT.tflite.")
    ] = None,
    saved_model: Annotated[
        bool, typer.Option("--saved-model", help="Write a SavedModel beside it too.")
    ] = False,
    split_stages: Annotated[
        bool,
        typer.Option(
            "--split-stages",
            help="Of a network that finds objects, write two files beside it too: what "
            "a GPU takes, and the rest.",
        ),
    ] = False,
) -> None:
    """Convert, audit and compare with Keras; nothing is written if a check fails."""
    limits = _limits(tolerance or ())
    start_tensorflow()
    from kseg.export.run import export_run
    from kseg.train.images import images_of_run

    splits = (split, check_split)
    report = export_run(
        run,
        *images_of_run(run, calibrate, format=format, splits=splits),
        quantize=quantize,
        size=size,
        output="logits" if logits else None,
        tolerance=limits,
        out=out,
        saved_model=saved_model,
        split=split_stages,
    )
    say(str(report))


def _limits(given: Iterable[str]) -> dict[str, float]:
    """``agreement=0.9`` as a dict."""
    try:
        return {name: float(limit) for name, limit in (x.split("=") for x in given)}
    except ValueError:
        raise ValueError(
            "Expected --tolerance NAME=LIMIT, such as --tolerance agreement=0.9. "
            f"Received: {', '.join(given)}."
        ) from None
