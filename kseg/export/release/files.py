"""The files of an artefact: a run in every format, checked, scored and timed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kseg.export.flatbuffer.quantize import FORMATS
from kseg.export.flatbuffer.runtimes import full_name
from kseg.export.release.artefact import Artefact, Images
from kseg.export.release.table import Row
from kseg.export.run import export_run
from kseg.predict.load import load
from kseg.predict.timing import time_bundles
from kseg.quiet import quiet_stderr
from kseg.train.evaluation import evaluate
from kseg.train.record import make_record
from kseg.train.run import Run


def make_files(
    artefact: Artefact,
    run: Run,
    images: Images,
    folder: Path,
    say: Callable[[str], Any] = print,
    progress: Callable[[str], Callable] = lambda title: iter,
) -> list[Row]:
    """Export a run in every format; check, score and time the files.

    Args:
        artefact: What it is.
        run: The trained network.
        images: To calibrate, to check and to score with.
        folder: Where ``NAME-FORMAT.tflite`` are written.
        say: Called with how each file compared, a few lines at a time.
        progress: From a title to what wraps an iterable, to show how far it is.

    Returns:
        A row for each format.

    Raises:
        BundleError: A file does not give again what it gave for its golden image.
        DataError: An image cannot be used.
        ExportError: A file does not agree with Keras, or broke a rule.
    """
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
        scores = _scores(
            report.path, images.scored, progress(f"Scoring {number_format}"), say
        )
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


def _scores(path, dataset, progress, say) -> dict[str, Any]:
    """Of a file, if it gives again what it gave for its golden image."""
    with quiet_stderr():  # the runtime says that it made its delegate
        predictor = load(path)
    agreement = predictor.describe_check(predictor.self_check())
    say(f"Golden image: {agreement}")
    options = {"boundary": False, "quick": True, "progress": progress}
    return evaluate(predictor, dataset, **options).scores


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
