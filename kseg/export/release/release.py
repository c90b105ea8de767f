"""From images, or a run, to the bundles of an artefact and their rows of a table."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kseg.data.embedded import FOLDER
from kseg.errors import RunError
from kseg.export.release.artefact import Artefact, Images
from kseg.export.release.files import make_files
from kseg.export.release.table import Row, read_table, replace_rows
from kseg.imaging import Intensity
from kseg.train.images import open_for, source
from kseg.train.loop import train
from kseg.train.run import Run


def release(
    artefact: Artefact,
    out: Path,
    *,
    data: Path | None = None,
    run: Path | None = None,
    minutes: float | None = None,
    say: Callable[[str], Any] = print,
    progress: Callable[[str], Callable] = lambda title: iter,
) -> None:
    """Train or take a run; export, check, score and time it in every format.

    All is done in a folder aside. At the end the bundles are moved to
    ``out/bundles/NAME-int8.tflite`` and ``out/bundles/formats/NAME-FORMAT.tflite``, and
    the artefact's rows in ``out/README.md`` are replaced.

    Args:
        artefact: What to make.
        out: The folder. A new run is ``out/runs/NAME``; the same call resumes it.
        data: The images; None takes those that come with kseg.
        run: A run to take. It must be one of the artefact's recipe.
        minutes: Of training, in place of the artefact's.
        say: Called with what happens, a line or a few at a time.
        progress: From a title to what wraps an iterable, to show how far it is.

    Raises:
        BundleError: A file failed its golden check. Nothing was replaced.
        DataError: Images are missing, or cannot be used.
        ExportError: A file failed another check, likewise.
        RunError: The run is of another recipe, was trained on images with another rule
            or other channels, or has seen the images to score.
        ValueError: Arguments that exclude one another, or a README.md without table.
    """
    _check(artefact, data, run, minutes)
    read_table(out / "README.md")  # an error of it now, not after the training
    images = _open(artefact, data)
    training = {**artefact.training}
    if minutes is not None:
        training["minutes"] = minutes
    if run is None:
        trained = _train(artefact, images, out / "runs" / artefact.name, training, say)
    else:
        trained = _take(artefact, images, run)
    bundles = out / "bundles"
    bundles.mkdir(parents=True, exist_ok=True)
    prefix = f".{artefact.name}."
    for killed in bundles.glob(f"{prefix}*"):  # what a kill left of a call before
        shutil.rmtree(killed, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=bundles) as aside:
        rows = make_files(artefact, trained, images, Path(aside), say, progress)
        _publish(artefact, rows, Path(aside), bundles)
    for row in rows:
        say(row.line(artefact.name))
    replace_rows(out / "README.md", artefact.name, rows)
    say(f"Wrote {bundles / artefact.name}-int8.tflite and the rows of {out}/README.md")


def _publish(artefact: Artefact, rows: list[Row], aside: Path, bundles: Path) -> None:
    for row in rows:
        file = f"{artefact.name}-{row.format}.tflite"
        folder = bundles if row.format == "int8" else bundles / "formats"
        folder.mkdir(exist_ok=True)
        os.replace(aside / file, folder / file)


def _check(artefact, data, run, minutes) -> None:
    if data is None and not artefact.sample:
        raise ValueError(
            f"Expected the images that {artefact.name} learns from. Received: no "
            f"folder. Name it: --data {artefact.data}."
        )
    if run is not None and minutes is not None:
        raise ValueError(
            "Expected a run to take or minutes to train for, not both. Received: "
            f"--run {run} and --minutes {minutes:g}. Leave one out."
        )


def _open(artefact: Artefact, data: Path | None) -> Images:
    folder, splits, option = FOLDER, ("train", "val", "val"), ""
    if data:
        folder, splits, option = data, artefact.splits, f" --data {artefact.data}"
    sets = [open_for(artefact.recipe, folder, split) for split in splits]
    return Images(*sets, source(folder, None, splits), option)


def _train(artefact, images, path, training, say):
    say(f"Training {artefact.name} on {len(images.train)} images, into {path}")
    return train(
        artefact.recipe,
        images.train,
        images.val,
        path,
        data=images.source,
        say=say,
        **training,
    )


def _take(artefact, images, path):
    run = Run(path)
    recipe = run.record["arguments"]["network"]
    if recipe != artefact.recipe:
        raise RunError(
            f"Expected a run of the recipe {artefact.recipe}. Received: {path}, of "
            f"{recipe}. Give another run, or leave it out to train one."
        )
    seen_as = run.record["metadata"]["input"]
    given = images.train.channels, images.train.intensity
    rule = Intensity.from_dict(seen_as.get("intensity") or {})
    if (seen_as["channels"], rule) != given:
        raise RunError(
            f"Expected a run that saw these images as they are: {given[0]} channels, "
            f"{given[1]}. Received: {path}, of {seen_as['channels']} channels, {rule}. "
            "Train without --channels, --intensity and --use-channels."
        )
    learnt = set(run.record["split"]["train"])
    seen = [item.name for item in images.scored.items if item.name in learnt]
    if seen:
        raise RunError(
            f"Expected a run that was not trained on the images to score. Received: "
            f"{path}, which has seen {len(seen)} of them, such as {seen[0]}. Train on "
            f"the split {images.source['train_split']!r}."
        )
    return run
