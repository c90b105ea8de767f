"""``kseg predict``: pictures, masks and tables for an image or a folder of images."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import bar, open_network, say


def predict(
    network: Annotated[Path, typer.Argument(help="A run, .keras file or bundle.")],
    images: Annotated[Path, typer.Argument(help="An image, or a folder of images.")],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    tta: Annotated[
        bool, typer.Option("--tta", help="Average over flips and turns.")
    ] = False,
    margin: Annotated[
        int | None, typer.Option(help="Pixels that neighbouring tiles share.")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(help="Average runs with dropout active; write the uncertainty."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
    opacity: Annotated[float, typer.Option(help="Of the overlay, 0 to 1.")] = 0.5,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Go on after a file that is no image.")
    ] = False,
) -> None:
    """Write an overlay, a label map, objects and a table for each image."""
    from kseg.errors import DataError
    from kseg.imaging import list_images
    from kseg.predict.save import save_result

    predictor = open_network(network)
    files = list_images(images) if images.is_dir() else [images]
    if not files:
        raise DataError(
            f"Expected images in {images}. Received: none. Give an image, or a folder "
            "with .png, .jpg or .tif files."
        )
    problems, rows = [], 0
    stems = Counter(file.stem for file in files)
    for file in bar("Predicting")(files):
        try:
            image = predictor.read(file)
        except DataError as error:
            if not skip_bad:
                raise
            problems.append(str(error))
            continue
        result = predictor.predict(
            image, tta=tta, margin=margin, samples=samples, seed=seed
        )
        # a.png and a.jpg must not write over each other.
        stem = file.stem if stems[file.stem] == 1 else file.name
        rows += save_result(
            result, image, predictor.metadata, out, stem, opacity=opacity
        )
    for line in problems:
        say(f"Left out: {line}")
    found = f", {rows} objects" if predictor.metadata.get("instances") else ""
    say(f"{len(files) - len(problems)} images{found}: see {out}")
