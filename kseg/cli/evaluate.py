"""``kseg evaluate``: the scores of a run or a bundle on a data set."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import Data, Format, SkipBad, bar, open_like, open_network, say


def evaluate(
    network: Annotated[Path, typer.Argument(help="A run, .keras file or bundle.")],
    data: Data,
    split: Annotated[str, typer.Option(help="Images to score on.")] = "val",
    format: Format = None,
    tta: Annotated[
        bool, typer.Option("--tta", help="Average over flips and turns.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for scores.json and the page of worst images."),
    ] = None,
    skip_bad: SkipBad = False,
) -> None:
    """Score a network on whole images, against the original masks."""
    from kseg.data.usable import drop_bad
    from kseg.evaluation import evaluate as score
    from kseg.files import atomic_path

    predictor = open_network(network)
    dataset = open_like(predictor.metadata, data, format, split)
    if skip_bad:
        dataset, problems = drop_bad(dataset, bar("Reading images"))
        for line in problems:
            say(f"Left out: {line}")
    result = score(predictor, dataset, tta=tta, progress=bar("Scoring"))
    say(f"{network} on {len(dataset)} images of {split}:")
    for line in score_lines(result.scores):
        say(line)
    if out:
        with atomic_path(out / "scores.json") as path:
            path.write_text(json.dumps(_without_nan(result.scores), indent=1), "utf-8")
        _worst(predictor, dataset, result.rows, tta, out / "worst.html")
        say(f"Wrote {out / 'scores.json'} and {out / 'worst.html'}")


def score_lines(scores: dict) -> list[str]:
    """The scores as lines of text; those by class on one line."""
    lines = []
    for name, value in scores.items():
        values = value if isinstance(value, list) else [value]
        lines.append(f"  {name}: {' '.join(f'{number:.4f}' for number in values)}")
    return lines


def _without_nan(value):
    """JSON has no NaN: null, for classes that no image has."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if value != value else value


def _worst(predictor, dataset, rows, tta, path: Path, count: int = 12) -> None:
    from kseg.predict.page import worst_page

    index = {item.name: i for i, item in enumerate(dataset.items)}
    worst = sorted(rows, key=lambda row: row["score"])[:count]
    page = []
    for row in worst:
        i = index[row["name"]]
        image = dataset.image(i)
        page.append((row, image, dataset.target(i), predictor.predict(image, tta=tta)))
    worst_page(page, predictor.metadata, path)
