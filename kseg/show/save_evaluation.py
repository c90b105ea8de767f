"""What an evaluation leaves: its scores, COCO's result files, a page of the worst."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kseg.files import atomic_path
from kseg.show.coco_json import write_json
from kseg.show.compare import compared
from kseg.show.worst_page import worst_page


def score_lines(scores: dict[str, Any]) -> list[str]:
    """The scores as lines of text; those by class on one line."""
    lines = []
    for name, value in scores.items():
        values = value if isinstance(value, list) else [value]
        numbers = (str(n) if isinstance(n, int) else f"{n:.4f}" for n in values)
        lines.append(f"  {name}: {' '.join(numbers)}")
    return lines


def save_evaluation(
    evaluation,
    dataset,
    predict: Callable,
    metadata: dict[str, Any],
    out: Path,
    worst: int = 12,
) -> list[Path]:
    """Write ``scores.json``, ``results_segm.json`` and so on, and ``worst.html``.

    Args:
        evaluation: A ``kseg.train.evaluation.Evaluation``.
        dataset: The images that were scored, with the network's classes.
        predict: From an image to its result, for the page.
        metadata: Of the network.
        out: The folder; made where it is missing.
        worst: Images on the page.

    Returns:
        The paths.

    Raises:
        OSError: A file cannot be written.
    """
    written = [out / "scores.json"]
    with atomic_path(written[0]) as path:
        path.write_text(json.dumps(_without_nan(evaluation.scores), indent=1), "utf-8")
    for kind, entries in evaluation.results.items():
        written.append(out / f"results_{kind}.json")
        write_json(written[-1], entries)
    rows = sorted(evaluation.rows, key=lambda row: row["score"])[:worst]
    index = {item.name: i for i, item in enumerate(dataset.items)}
    shown = (index[row["name"]] for row in rows)
    pictures = compared(dataset, shown, predict, metadata)
    written.append(out / "worst.html")
    worst_page(zip(rows, pictures, strict=True), metadata, written[-1])
    return written


def _without_nan(value):
    """JSON has no NaN: null, for classes that no image has."""
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if value != value else value
