"""One artefact of export/: what its script says of it, its files and their figures."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kseg.cli.artefact_table import Row
from kseg.cli.console import bar, check_golden, open_network, say
from kseg.train.run import Run


class Artefact(NamedTuple):
    """What a script of export/ says about its artefact.

    Attributes:
        name: Of the network in its bundles, and of their files; the script's, with
            hyphens.
        recipe: A name of `kseg.recipes.RECIPES`.
        data: What the commands of the table call the data folder.
        splits: Of the data: images to train on, to validate on, and to score.
        scores: The names, among what `kseg evaluate` prints, of those in the table.
        training: Arguments of `kseg.train.loop.train`, the recipe's own left out.
        sample: Whether the images that come with kseg will do where no folder is given.
    """

    name: str
    recipe: str
    data: str
    splits: tuple[str, str, str]
    scores: tuple[str, ...]
    training: Mapping[str, Any]
    sample: bool = False


class Images(NamedTuple):
    """What an artefact is made from.

    Attributes:
        train: A `kseg.data.Dataset` to train on and to calibrate with.
        val: One to choose the epoch by, and to compare each file with Keras on.
        scored: One for the scores of the table.
        source: Where they came from, as a run records it.
        option: With which the script takes them, such as `` --data DSB2018``; empty for
            those that come with kseg.
    """

    train: Any
    val: Any
    scored: Any
    source: dict[str, Any]
    option: str


def make_files(artefact: Artefact, run: Run, images: Images, folder: Path) -> list[Row]:
    """Export a run in every format; check, score and time the files.

    Args:
        artefact: What it is.
        run: The trained network.
        images: To calibrate, to check and to score with.
        folder: Where ``NAME-FORMAT.tflite`` are written.

    Returns:
        A row for each format.

    Raises:
        BundleError: A file does not give again what it gave for its golden image.
        DataError: An image cannot be used.
        ExportError: A file does not agree with Keras, or broke a rule.
    """
    from kseg.cli.export import export_run
    from kseg.export.flatbuffer.quantize import FORMATS
    from kseg.export.flatbuffer.runtimes import full_name
    from kseg.predict.timing import time_bundles
    from kseg.quiet import quiet_stderr
    from kseg.train.evaluation import evaluate

    facts = []
    for number_format in FORMATS:
        report = export_run(
            run.path,
            images.train,
            images.val,
            quantize=number_format,
            out=folder / f"{artefact.name}-{number_format}.tflite",
            name=artefact.name,
        )
        say("\n  ".join((f"{artefact.name}, {number_format}", *report.parity.lines())))
        predictor = open_network(report.path)
        check_golden(predictor)
        progress = bar(f"Scoring {number_format}")
        options = {"boundary": False, "quick": True, "progress": progress}
        scores = evaluate(predictor, images.scored, **options).scores
        facts.append((report, {name: scores[name] for name in artefact.scores}))
    with quiet_stderr():  # the runtime says that it made its delegate
        times = time_bundles([report.path for report, _ in facts])
    made_by = _made_by(artefact, run, images)
    return [
        Row(
            report.quantization,
            report.path.stat().st_size,
            scores,
            timing["median_ms"],
            timing["best_ms"],
            full_name(report.audit.oldest_runtime),
            made_by if report is facts[0][0] else "",
        )
        for (report, scores), timing in zip(facts, times, strict=True)
    ]


def _made_by(artefact, run, images) -> str:
    """The command that makes it again, and on how many images."""
    command = f"python export/{artefact.name.replace('-', '_')}.py{images.option}"
    others, remark = _differences(artefact, run, images), ""
    if others.keys() == {"minutes"} and others["minutes"]:
        command += f" --minutes {others['minutes']:g}"
    elif others:
        command += " --run RUN"
        remark = f" (RUN: {', '.join(f'{k} {v}' for k, v in others.items())})"
    count = len(run.record["split"]["train"])
    return f"`{command}`{remark}; {count} images, {len(images.scored)} scored"


def _differences(artefact, run, images) -> dict[str, Any]:
    """What a run was told, where it is not what the script would have told it."""
    from kseg.train.record import make_record

    planned = make_record(
        artefact.recipe,
        images.train,
        images.val,
        data=images.source,
        **artefact.training,
    )
    planned = json.loads(json.dumps(planned))  # as the run's was written
    told, split = run.record["arguments"], run.record["split"]
    # An older run says nothing of what came later; where the folder lies is no matter.
    names = planned["arguments"].keys() & told.keys() - {"data", "format"}
    differ = {k: told[k] for k in sorted(names) if told[k] != planned["arguments"][k]}
    if any(sorted(split[p]) != sorted(planned["split"][p]) for p in ("train", "val")):
        differ["images"] = "of its own"
    return differ
