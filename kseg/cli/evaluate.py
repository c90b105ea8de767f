"""``kseg evaluate``: the scores of a run or a bundle on a data set."""

import json
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
    from kseg.train.evaluation import best_threshold
    from kseg.train.evaluation import evaluate as score
    from kseg.train.images import open_like

    predictor = open_network(network, check=True)
    _check(score_threshold, find_threshold, out)
    dataset = open_like(predictor.metadata, data, format, split)
    if skip_bad:
        dataset, problems = drop_bad(dataset, bar("Reading images"))
        for line in problems:
            say(f"Left out: {line}")
    if find_threshold:
        progress = bar("Finding the threshold")
        found, best = best_threshold(predictor, dataset, tta=tta, progress=progress)
        say(f"score threshold {found}: objects_50 {best:.4f} on {len(dataset)} images")
        return
    options = {"tta": tta, "progress": bar("Scoring")}
    result = score(predictor, dataset, score_threshold=score_threshold, **options)
    say(f"{network} on {len(dataset)} images of {split}:")
    for line in score_lines(result.scores):
        say(line)
    if out:
        predict = partial(predictor.predict, tta=tta)
        if score_threshold is not None:
            predict = partial(predict, score_threshold=score_threshold)
        written = _write(predictor.metadata, predict, dataset, result, out)
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


def score_lines(scores: dict) -> list[str]:
    """The scores as lines of text; those by class on one line."""
    lines = []
    for name, value in scores.items():
        values = value if isinstance(value, list) else [value]
        numbers = (str(n) if isinstance(n, int) else f"{n:.4f}" for n in values)
        lines.append(f"  {name}: {' '.join(numbers)}")
    return lines


def _without_nan(value):
    """JSON has no NaN: null, for classes that no image has."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if value != value else value


def _write(metadata, predict, dataset, result, out: Path) -> list[Path]:
    """The files of --out; returns their paths."""
    from kseg.files import atomic_path
    from kseg.show.coco_json import write_json

    written = [out / "scores.json"]
    with atomic_path(written[0]) as path:
        path.write_text(json.dumps(_without_nan(result.scores), indent=1), "utf-8")
    for kind, entries in result.results.items():
        written.append(out / f"results_{kind}.json")
        write_json(written[-1], entries)
    written.append(out / "worst.html")
    _worst(metadata, predict, dataset, result.rows, written[-1])
    return written


def _worst(metadata, predict, dataset, rows, path: Path, count: int = 12) -> None:
    from kseg.show.page import worst_page
    from kseg.train.sides import side_of

    truth = side_of(metadata).truth
    index = {item.name: i for i, item in enumerate(dataset.items)}
    worst = sorted(rows, key=lambda row: row["score"])[:count]
    page = []
    for row in worst:
        i = index[row["name"]]
        image = dataset.image(i)
        page.append((row, image, truth(dataset, i), predict(image)))
    worst_page(page, metadata, path)
