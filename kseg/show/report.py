"""The report of `kseg demo`: one HTML page and one picture."""

import io
from pathlib import Path
from typing import Any

import numpy as np

from kseg.imaging import write_png
from kseg.show.compare import compare, compared
from kseg.show.csv_file import write_rows
from kseg.show.grid import grid
from kseg.show.html import picture_url, write_page

SHOWN = 6


def write_report(
    out: Path, run, dataset, predictor, evaluations, reports, timings, threads: int
) -> None:
    """Write ``report.html``, ``report.png`` and ``scores.csv`` into a folder.

    Args:
        out: The folder.
        run: The `kseg.train.run.Run`.
        dataset: The validation images.
        predictor: The network whose results are drawn.
        evaluations: Name to `kseg.train.evaluation.Evaluation`; "Keras" and each
            format.
        reports: Format to `kseg.export.ExportReport`.
        timings: What `kseg.predict.timing.time_bundles` gave for the reports, in order.
        threads: That the timings were made with.
    """
    picture = out / "report.png"
    metadata = predictor.metadata
    rows = compared(dataset, _shown(dataset), predictor.predict, metadata)
    columns = [compare(*row, metadata) for row in rows]
    write_png(picture, grid(list(zip(*columns, strict=True))))
    state = run.last()[1]
    scores = evaluations["int8"].scores
    milliseconds = {
        name: row["median_ms"] for name, row in zip(reports, timings, strict=True)
    }
    int8 = reports["int8"]
    tiles = [
        (f"{scores['score']:.2f}", "objects: TP / (TP + FP + FN) at IoU 0.5"),
        (f"{scores['foreground_iou']:.3f}", "foreground IoU"),
        (f"{int8.bytes / 1e6:.2f} MB", "int8, builtin operators only"),
        (f"{milliseconds['int8']:.1f} ms", "a tile on this machine"),
    ]
    minutes = f"{state['seconds'] / 60:.1f}"
    train_images = len(run.record["split"]["train"])
    write_page(
        out / "report.html",
        "report.html",
        title="A U-Net that finds cell nuclei, from pixels to one file",
        lead=f"Trained from scratch in {minutes} minutes on {train_images} microscope "
        "images, then turned into a .tflite file that takes raw uint8 pixels and gives "
        "a label map.",
        tiles=tiles,
        gallery=picture_url(picture.read_bytes(), "png"),
        curve=picture_url(_curve(state["history"]), "png"),
        table=_table(evaluations, reports, milliseconds),
        shown=SHOWN,
        images=len(dataset),
        threads=threads,
        size=metadata["input"]["size"],
        train_images=train_images,
        minutes=minutes,
        commands=_commands(run, int8),
    )
    _write_scores(out / "scores.csv", evaluations)


def _shown(dataset) -> list[int]:
    """Images with few and with many objects, so that the gallery shows the range."""
    counts = [int(dataset.target(i).max()) for i in range(len(dataset))]
    order = np.argsort(counts)
    return order[np.linspace(0, len(order) - 1, SHOWN).round().astype(int)].tolist()


def _write_scores(path: Path, evaluations) -> None:
    names = ("name", "score", "foreground_iou")
    rows = [
        [network, *(row[name] for name in names)]
        for network, evaluation in evaluations.items()
        for row in evaluation.rows
    ]
    write_rows(path, [["network", "image", *names[1:]], *rows])


def _table(evaluations, reports, milliseconds) -> list[list[str]]:
    rows = []
    for name, evaluation in evaluations.items():
        scores = evaluation.scores
        report = reports.get(name)
        rows.append(
            [
                name,
                f"{report.bytes / 1e6:.2f}" if report else "",
                f"{milliseconds[name]:.1f}" if report else "",
                f"{scores['foreground_iou']:.4f}",
                f"{scores['objects_50']:.4f}",
                f"{scores['objects_70']:.4f}",
                f"{scores['objects_mean']:.4f}",
                f"{100 * report.parity.agreement:.2f} %" if report else "",
            ]
        )
    return rows


def _curve(history: list[dict[str, Any]]) -> bytes:
    """Loss and score by epoch, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 2.8), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in history]
    left.plot(epochs, [row["loss"] for row in history], color="#0b7a75")
    left.set(xlabel="epoch", ylabel="training loss")
    scored = [row for row in history if "val_score" in row]
    x = [row["epoch"] for row in scored]
    right.plot(x, [row["val_score"] for row in scored], color="#c2571a")
    right.plot(x, [row["val_foreground_iou"] for row in scored], color="#0b7a75")
    right.legend(["objects at IoU 0.5", "foreground IoU"], frameon=False)
    right.set(xlabel="epoch", ylabel="validation score", ylim=(0, 1))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def _commands(run, int8) -> list[str]:
    folder = run.record["arguments"]["data"]
    return [
        f"kseg predict {int8.path} {folder}/images --out results",
        f"kseg benchmark {int8.path}",
        "kseg train unet --data YOUR_FOLDER --out runs/mine --minutes 30",
        "kseg export runs/mine --quantize int8",
    ]
