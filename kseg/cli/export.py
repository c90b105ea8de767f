"""``kseg export``: one .tflite file of builtin operators from a run."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kseg.cli.console import Format, open_like, say, start_tensorflow

CALIBRATION_IMAGES = 100


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
    start_tensorflow()
    from kseg.data.match_classes import match_classes
    from kseg.errors import RunError
    from kseg.train.run import Run

    record = Run(run).record
    metadata, own = record["metadata"], record["arguments"]
    if not calibrate and "data" not in own:
        raise RunError(
            f"Expected a run that says where its images came from. Received: {run}, "
            "which was trained from Python without. Name a data folder: --calibrate."
        )
    if calibrate:
        sets = [
            open_like(metadata, calibrate, format, name)
            for name in (split, check_split)
        ]
        if metadata["task"] == "instances":
            sets = [match_classes(one, metadata["classes"]) for one in sets]
    else:
        # The very images of the run, less what --skip-bad left out.
        sets = [
            open_like(
                metadata, Path(own["data"]), own["format"], own[f"{part}_split"]
            ).subset(record["split"][part])
            for part in ("train", "val")
        ]
    report = export_run(
        run,
        *sets,
        quantize=quantize,
        size=size,
        output="logits" if logits else None,
        out=out,
        saved_model=saved_model,
        split=split_stages,
    )
    say(str(report))


def export_run(
    run: Path,
    calibration_set,
    check_set,
    *,
    quantize: str = "float32",
    size: tuple[int, int] | None = None,
    output: str | None = None,
    out: Path | None = None,
    saved_model: bool = False,
    split: bool = False,
    name: str | None = None,
) -> Any:
    """Export the best network of a run.

    Args:
        run: The run folder.
        calibration_set: Images that int8 takes its ranges from.
        check_set: Images, with masks or objects, on which the file is compared with
            Keras.
        quantize: ``float32``, ``float16``, ``dynamic`` or ``int8``.
        size: (H, W) of the input; that of training by default.
        output: As `kseg.export.to_tflite` takes it.
        out: The file.
        saved_model: Write a SavedModel folder beside the file too.
        split: As `kseg.export.to_tflite` takes it.
        name: Of the network in the metadata; the run's by default.

    Returns:
        The `kseg.export.ExportReport`.

    Raises:
        ExportError: The file failed a check; nothing was written.
        ValueError: A SavedModel is wanted and the file's name does not end in .tflite.
        RunError: The folder is not a run, or has no trained network yet.
    """
    import keras

    from kseg.errors import RunError
    from kseg.export import to_saved_model, to_tflite
    from kseg.export.sides import SIDES
    from kseg.quiet import quiet_stderr
    from kseg.train.run import Run

    found = Run(run)
    if not found.best.exists():
        raise RunError(
            f"Expected a run with a trained network. Received: {run}, without "
            f"{found.best.name}, which the first validation score brings."
        )
    metadata = found.record["metadata"]
    if name:
        metadata = {**metadata, "name": name}
    size = tuple(size or metadata["input"]["size"])
    stem = f"{metadata['name']}-{quantize}{'-logits' if output == 'logits' else ''}"
    path = Path(out) if out else Path(run) / "export" / f"{stem}.tflite"
    if saved_model:
        _check_suffix(path)
    target = found.record["target"]
    side = SIDES[metadata["task"]]
    with quiet_stderr():  # of the converter; errors are raised as always
        model = keras.models.load_model(found.best, compile=False)
        calibration, _ = side.tiles(calibration_set, target, size, CALIBRATION_IMAGES)
        report = to_tflite(
            model,
            path,
            size=size,
            quantize=quantize,
            output=output,
            calibration=calibration,
            metadata=metadata,
            check=side.tiles(check_set, target, size, side.CHECK_IMAGES),
            split=split,
        )
        if saved_model:
            to_saved_model(model, path.with_suffix(""), size=size)
    return report


def _check_suffix(path: Path) -> None:
    """Without a suffix the SavedModel would take the place of the file."""
    if path.suffix != ".tflite":
        raise ValueError(
            "Expected a file NAME.tflite, beside which the SavedModel NAME is written. "
            f"Received: {path}. Name another file, or leave the SavedModel out."
        )
