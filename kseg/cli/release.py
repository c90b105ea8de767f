"""What the scripts of export/ do: from images, or a run, to bundles and a table."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.artefact import Artefact, Images, make_files
from kseg.cli.artefact_table import read_table, replace_rows
from kseg.cli.console import open_for, run_app, say, source, start_tensorflow


def main(artefact: Artefact, script: str, arguments: list[str] | None = None) -> None:
    """The command line of a script of export/.

    Args:
        artefact: What it makes.
        script: Its ``__file__``; the artefact goes beside it.
        arguments: What follows the script's name; None takes the process' own.
    """
    folder = Path(script).resolve().parent
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    sample = "; the images that come with kseg if left" if artefact.sample else ""

    @app.command(help=f"Make {artefact.name}: four bundles, and their rows of a table.")
    def command(
        data: Annotated[
            Path | None, typer.Option(help=f"The folder {artefact.data}{sample}.")
        ] = None,
        run: Annotated[
            Path | None, typer.Option(help="A run to take, instead of training one.")
        ] = None,
        minutes: Annotated[
            float | None, typer.Option(help="Of training, instead of the recipe's.")
        ] = None,
        out: Annotated[
            Path | None,
            typer.Option(
                help="Folder of README.md, bundles/ and runs/; that of this script, or "
                "artefacts/ without --data.",
                show_default=False,
            ),
        ] = None,
    ) -> None:
        # What 80 small images give is not to replace what is published.
        place = out or (folder if data else Path("artefacts"))
        release(artefact, place, data=data, run=run, minutes=minutes)

    run_app(app, arguments)


def release(
    artefact: Artefact,
    out: Path,
    *,
    data: Path | None = None,
    run: Path | None = None,
    minutes: float | None = None,
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
    start_tensorflow()
    images = _open(artefact, data)
    training = {**artefact.training}
    if minutes is not None:
        training["minutes"] = minutes
    if run is None:
        trained = _train(artefact, images, out / "runs" / artefact.name, training)
    else:
        trained = _take(artefact, images, run)
    bundles = out / "bundles"
    bundles.mkdir(parents=True, exist_ok=True)
    prefix = f".{artefact.name}."
    for killed in bundles.glob(f"{prefix}*"):  # what a kill left of a call before
        shutil.rmtree(killed, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=bundles) as aside:
        rows = make_files(artefact, trained, images, Path(aside))
        for row in rows:
            file = f"{artefact.name}-{row.format}.tflite"
            folder = bundles if row.format == "int8" else bundles / "formats"
            folder.mkdir(exist_ok=True)
            os.replace(Path(aside) / file, folder / file)
            say(row.line(artefact.name))
    replace_rows(out / "README.md", artefact.name, rows)
    say(f"Wrote {bundles / artefact.name}-int8.tflite and the rows of {out}/README.md")


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
    from kseg.data.embedded import FOLDER

    folder, splits, option = FOLDER, ("train", "val", "val"), ""
    if data:
        folder, splits, option = data, artefact.splits, f" --data {artefact.data}"
    sets = [open_for(artefact.recipe, folder, split) for split in splits]
    return Images(*sets, source(folder, None, splits), option)


def _train(artefact, images, path, training):
    from kseg.train.loop import train

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
    from kseg.errors import RunError
    from kseg.imaging import Intensity
    from kseg.train.run import Run

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
