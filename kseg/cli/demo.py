"""``kseg demo``: the whole road on the embedded nuclei, in under five minutes."""

from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import bar, open_network, say, start_tensorflow

THREADS = 2


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the run and report.")] = Path(
        "demo"
    ),
    minutes: Annotated[float, typer.Option(help="Of training.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Of weights, order, augmentation.")] = 0,
) -> None:
    """Train a U-Net on real nuclei, score it, export it to int8 and draw it."""
    start_tensorflow()
    from kseg import data
    from kseg.export.flatbuffer.quantize import FORMATS
    from kseg.export.run import export_run
    from kseg.predict.timing import time_bundles
    from kseg.quiet import quiet_stderr
    from kseg.show.report import write_report

    train_set, val_set = data.sample("train"), data.sample("val")
    say(f"1. Training a U-Net on {len(train_set)} microscope images ({minutes} min)")
    run = _train(train_set, val_set, out / "run", minutes, seed)
    say(f"2. Exporting to {', '.join(FORMATS)}")
    reports = {}
    for quantize in FORMATS:
        reports[quantize] = export_run(run.path, train_set, val_set, quantize=quantize)
    say("3. Scoring Keras and each file on the validation images")
    paths = {name: report.path for name, report in reports.items()}
    evaluations = _score({"Keras": run.path} | paths, val_set)
    with quiet_stderr():  # the runtime says that it made its delegate
        timings = time_bundles(list(paths.values()), threads=THREADS)
    say("4. Drawing")
    write_report(
        out,
        run,
        val_set,
        open_network(reports["int8"].path),
        evaluations,
        reports,
        timings,
        THREADS,
    )
    _say_scores(evaluations)
    int8 = reports["int8"]
    say(
        f"The phone's file: {int8.path} ({int8.bytes / 1e6:.2f} MB, builtin operators "
        f"only; {100 * int8.parity.agreement:.2f} % of its labels are Keras')"
    )
    say(f"The report: {out / 'report.html'}, the picture: {out / 'report.png'}")


def _train(train_set, val_set, path: Path, minutes: float, seed: int):
    from kseg.data.embedded import FOLDER
    from kseg.train.images import source
    from kseg.train.loop import train

    return train(
        "unet",
        train_set,
        val_set,
        path,
        minutes=minutes,
        # Many small steps: in so short a time their number counts.
        image_size=(128, 128),
        seed=seed,
        data=source(FOLDER, "dsb2018", ("train", "val")),
        say=say,
    )


def _score(paths: dict[str, Path], dataset) -> dict:
    from kseg.train.evaluation import evaluate

    return {
        name: evaluate(open_network(path), dataset, progress=bar(name))
        for name, path in paths.items()
    }


def _say_scores(evaluations: dict) -> None:
    for name, evaluation in evaluations.items():
        scores = evaluation.scores
        say(
            f"   {name:8} foreground IoU {scores['foreground_iou']:.3f}, objects found "
            f"at IoU 0.5: {scores['score']:.3f}"
        )
