"""From a run to a file: its best network, with the images and metadata of the run."""

import os
from collections.abc import Mapping
from pathlib import Path

from kseg.errors import RunError
from kseg.export.saved_model import to_saved_model
from kseg.export.sides import side_of
from kseg.export.tflite import ExportReport, to_tflite
from kseg.quiet import quiet_stderr
from kseg.train.run import Run
from kseg.train.run_files import read_network

CALIBRATION_IMAGES = 100


def export_run(
    run: str | os.PathLike,
    calibration_set,
    check_set,
    *,
    quantize: str = "float32",
    size: tuple[int, int] | None = None,
    output: str | None = None,
    out: str | os.PathLike | None = None,
    saved_model: bool = False,
    tolerance: Mapping[str, float] | None = None,
    split: bool = False,
    name: str | None = None,
) -> ExportReport:
    """Export the best network of a run.

    Args:
        run: The run folder.
        calibration_set: A `kseg.data.Dataset` that int8 takes its ranges from; see
            `kseg.train.images.images_of_run`.
        check_set: One, with masks or objects, on which the file is compared with
            Keras.
        quantize: ``float32``, ``float16``, ``dynamic`` or ``int8``.
        size: (H, W) of the input; that of training by default.
        output: As `kseg.export.to_tflite` takes it.
        out: The file; ``RUN/export/NAME-FORMAT.tflite`` by default.
        saved_model: Write a SavedModel folder beside the file too.
        tolerance, split: As `kseg.export.to_tflite` takes them.
        name: Of the network in the metadata; the run's by default.

    Returns:
        What was written and how it compared.

    Raises:
        ExportError: The file failed a check; nothing was written.
        ValueError: A SavedModel is wanted and the file's name does not end in .tflite.
        RunError: The folder is not a run, or has no trained network yet.
    """
    run = Run(run)
    if not run.best.exists():
        raise RunError(
            f"Expected a run with a trained network. Received: {run.path}, without "
            f"{run.best.name}, which the first validation score brings."
        )
    metadata, target = run.record["metadata"], run.record["target"]
    if name:
        metadata = {**metadata, "name": name}
    size = tuple(size or metadata["input"]["size"])
    stem = f"{metadata['name']}-{quantize}{'-logits' if output == 'logits' else ''}"
    path = Path(out) if out else run.path / "export" / f"{stem}.tflite"
    if saved_model:
        _check_suffix(path)
    side = side_of(metadata)
    with quiet_stderr():  # of the converter; errors are raised as always
        model = read_network(run.best, compile=False)
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
            tolerance=tolerance,
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
