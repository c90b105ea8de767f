"""``kseg predict``: pictures, masks and tables for images, folders and videos."""

from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import bar, open_network, say


def predict(
    network: Annotated[Path, typer.Argument(help="A run, .keras file or bundle.")],
    images: Annotated[
        list[Path], typer.Argument(help="Images, folders of images, videos.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    tta: Annotated[
        bool, typer.Option("--tta", help="Average over flips and turns.")
    ] = False,
    margin: Annotated[
        int | None, typer.Option(help="Pixels at tiles' edges that are not trusted.")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(help="Average runs with dropout active; write the uncertainty."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
    score_threshold: Annotated[
        float | None,
        typer.Option(help="Leave out objects below it; the network's own."),
    ] = None,
    masks: Annotated[
        bool, typer.Option("--masks", help="Write a PNG for each object, too.")
    ] = False,
    opacity: Annotated[float, typer.Option(help="Of the overlay, 0 to 1.")] = 0.5,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on after a file that is no image.")
    ] = False,
) -> None:
    """Write an overlay, masks, objects and a table for each image; of videos a video.

    A network that gives boxes and masks also gets objects.json, all objects of the call
    in COCO's format.
    """
    from kseg.show.predict_files import predict_files

    predicted = predict_files(
        open_network(network, check=True),
        images,
        out,
        opacity=opacity,
        masks=masks,
        skip_bad=skip_bad,
        bar=bar,
        say=say,
        tta=tta,
        margin=margin,
        samples=samples,
        seed=seed if samples is not None else None,
        score_threshold=score_threshold,
    )
    for line in predicted.problems:
        say(f"Left out: {line}")
    say(f"{predicted.files} {predicted.what}{predicted.summary}: see {out}")
