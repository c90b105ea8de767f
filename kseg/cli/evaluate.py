"""``kseg evaluate``: the scores of a run or a bundle on a data set."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import Data, Format, SkipBad, bar, open_network, say


def evaluate(
    network: Annotated[Path, typer.Argument(help="A run, .keras file or bundle.")],
    data: Data,
    split: Annotated[str, typer.Option(help="Images to score on.")] = "val",
    format: Format = None,
    tta: Annotated[
        bool, typer.Option("--tta", help="Average over flips and turns.")
    ] = False,
    score_threshold: Annotated[
        float | None,
        typer.Option(help="From which on objects count; the network's own."),
    ] = None,
    find_threshold: Annotated[
        bool,
        typer.Option(
            "--find-threshold",
            help="Only find the score threshold with the best objects_50.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for scores.json, results and a page of the worst."),
    ] = None,
    skip_bad: SkipBad = False,
) -> None:
    """Score a network on whole images, against the original masks."""
    from kseg.data.skip_bad import drop_bad
    from kseg.files import check_writable
    from kseg.show.save_evaluation import save_evaluation, score_lines
    from kseg.train.evaluation import best_threshold
    from kseg.train.evaluation import evaluate as score
    from kseg.train.images import open_like

    _check(score_threshold, find_threshold, out)
    predictor = open_network(network, check=True)
    options = predictor.check_options(tta=tta, score_threshold=score_threshold)
    if out:
        check_writable(out)
    dataset = open_like(predictor.metadata, data, format, split)
    if skip_bad:
        dataset, problems = drop_bad(dataset, bar("Reading images"))
        for line in problems:
            say(f"Left out: {line}")
    if find_threshold:
        progress = bar("Finding the threshold")
        threshold, best = best_threshold(predictor, dataset, tta=tta, progress=progress)
        what = f"score threshold {threshold}: objects_50 {best:.4f}"
        say(f"{what} on {len(dataset)} images")
        return
    evaluation = score(predictor, dataset, progress=bar("Scoring"), **options)
    say(f"{network} on {len(dataset)} images of {split}:")
    for line in score_lines(evaluation.scores):
        say(line)
    if out:
        predict = partial(predictor.predict, **options)
        arguments = evaluation, dataset, predict, predictor.metadata, out
        written = save_evaluation(*arguments)
        say(f"Wrote {' and '.join(str(path) for path in written)}")


def _check(score_threshold, find_threshold, out) -> None:
    if score_threshold is not None and find_threshold:
        raise ValueError(
            "Expected --score-threshold or --find-threshold, not both. Received: "
            f"{score_threshold} and the wish to find one. Leave one out."
        )
    if find_threshold and out:
        raise ValueError(
            "Expected --find-threshold or --out, not both: the former writes nothing. "
            f"Received: --out {out}. Leave one out."
        )
