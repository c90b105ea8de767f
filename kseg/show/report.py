"""The report of `kseg demo`: one HTML page and one picture."""

import base64
import csv
import html
import io
from pathlib import Path
from typing import Any

import numpy as np

from kseg.files import atomic_path
from kseg.imaging import write_png
from kseg.show import draw

SHOWN = 6

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>kseg: {title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; --ink: light-dark(#1c2330, #e8ebf0);
  --soft: light-dark(#5c6675, #9aa4b2); --card: light-dark(#ffffff, #1b2129);
  --page: light-dark(#f3f5f8, #11151b); --line: light-dark(#dfe4ea, #2d3540);
  --accent: light-dark(#0b7a75, #4fd1c5); }}
body {{ margin: 0 auto; padding: 2.5rem 1.25rem; max-width: 62rem; color: var(--ink);
  background: var(--page); font: 16px/1.55 system-ui, sans-serif; }}
h1 {{ font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; }}
h2 {{ font-size: 1.15rem; margin: 2.5rem 0 .75rem; }}
p.lead, figcaption, .soft {{ color: var(--soft); }}
.tiles {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr));
  gap: .75rem; margin-top: 1.5rem; }}
.tile {{ background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .9rem 1rem; }}
.tile b {{ display: block; font-size: 1.7rem; color: var(--accent); }}
figure {{ margin: 0; }} img {{ max-width: 100%; border-radius: 8px; display: block; }}
table {{ border-collapse: collapse; width: 100%; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; }}
th, td {{ text-align: right; padding: .45rem .8rem; border-top: 1px solid var(--line);
  font-variant-numeric: tabular-nums; }}
thead th {{ border-top: 0; color: var(--soft); font-weight: 500; }}
th:first-child, td:first-child {{ text-align: left; }}
pre {{ background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 1rem; overflow-x: auto; }}
.wide {{ overflow-x: auto; }}
</style></head><body>
<h1>{title}</h1>
<p class="lead">{lead}</p>
<div class="tiles">{tiles}</div>
<h2>What the phone's file sees</h2>
<figure><img src="{gallery}" alt="Columns of microscope images: input, true objects,
objects found">
<figcaption>{shown} validation images, none of them trained on. Top: the image. Middle:
the objects that a person drew. Bottom: what the int8 file found; a colour an object.
</figcaption></figure>
<h2>How it learnt</h2>
<figure><img src="{curve}" alt="Training loss and validation score by epoch"></figure>
<h2>One network, four files</h2>
<div class="wide"><table><thead><tr><th>format</th><th>MB</th><th>ms</th>
<th>foreground IoU</th><th>objects, IoU 0.5</th><th>objects, IoU 0.7</th>
<th>objects, mean</th><th>labels as Keras</th></tr></thead>
<tbody>{table}</tbody></table></div>
<p class="soft">Objects: TP / (TP + FP + FN), pooled over the {images} validation
images; mean: over IoU 0.5 to 0.95. ms: median on this machine, {threads} threads, one
{height} x {width} tile, the files in turn. Trained from scratch on {train_images}
images for {minutes:.1f} minutes: a demonstration, not the best the network can do.</p>
<h2>Go on</h2>
<pre>{commands}</pre>
</body></html>
"""


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
    columns = [
        draw.compare(*row, predictor.metadata) for row in _rows(predictor, dataset)
    ]
    write_png(picture, draw.grid(list(zip(*columns, strict=True))))
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
    height, width = predictor.metadata["input"]["size"]
    page = PAGE.format(
        title="A U-Net that finds cell nuclei, from pixels to one file",
        lead=f"Trained from scratch in {state['seconds'] / 60:.1f} minutes on "
        f"{len(run.record['split']['train'])} microscope images, then turned into a "
        ".tflite file that takes raw uint8 pixels and gives a label map.",
        tiles="".join(
            f'<div class="tile"><b>{html.escape(value)}</b>{html.escape(what)}</div>'
            for value, what in tiles
        ),
        gallery=_inline(picture.read_bytes()),
        curve=_inline(_curve(state["history"])),
        table=_table(evaluations, reports, milliseconds),
        shown=SHOWN,
        images=len(dataset),
        threads=threads,
        height=height,
        width=width,
        train_images=len(run.record["split"]["train"]),
        minutes=state["seconds"] / 60,
        commands=html.escape(_commands(run, int8)),
    )
    with atomic_path(out / "report.html") as temporary:
        temporary.write_text(page, "utf-8")
    _write_scores(out / "scores.csv", evaluations)


def _rows(predictor, dataset) -> list[tuple]:
    """Images with few and with many objects, so that the gallery shows the range."""
    counts = [int(dataset.target(i).max()) for i in range(len(dataset))]
    order = np.argsort(counts)
    picked = order[np.linspace(0, len(order) - 1, SHOWN).round().astype(int)]
    rows = []
    for i in picked:
        image = dataset.image(int(i))
        rows.append((image, dataset.target(int(i)), predictor.predict(image)))
    return rows


def _write_scores(path: Path, evaluations) -> None:
    with atomic_path(path) as temporary:
        with open(temporary, "w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["network", "image", "score", "foreground_iou"])
            for name, evaluation in evaluations.items():
                for row in evaluation.rows:
                    writer.writerow(
                        [name, row["name"], row["score"], row["foreground_iou"]]
                    )


def _table(evaluations, reports, milliseconds) -> str:
    lines = []
    for name, evaluation in evaluations.items():
        scores = evaluation.scores
        report = reports.get(name)
        cells = [
            name,
            f"{report.bytes / 1e6:.2f}" if report else "",
            f"{milliseconds[name]:.1f}" if report else "",
            f"{scores['foreground_iou']:.4f}",
            f"{scores['objects_50']:.4f}",
            f"{scores['objects_70']:.4f}",
            f"{scores['objects_mean']:.4f}",
            f"{100 * report.parity.agreement:.2f} %" if report else "",
        ]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "".join(lines)


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


def _commands(run, int8) -> str:
    folder = run.record["arguments"]["data"]
    return (
        f"kseg predict {int8.path} {folder}/images --out results\n"
        f"kseg benchmark {int8.path}\n"
        "kseg train unet --data YOUR_FOLDER --out runs/mine --minutes 30\n"
        "kseg export runs/mine --quantize int8"
    )


def _inline(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
