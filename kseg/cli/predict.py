"""``kseg predict``: pictures, masks and tables for images, folders and videos."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
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
    from kseg.cli.predicted import LabelWriter, ObjectWriter
    from kseg.predict.video import is_video

    predictor = open_network(network, check=True)
    files = _files(images, out)
    if predictor.metadata.get("task") == "instances":
        _refuse(samples=samples)
        options = {"tta": tta, "margin": margin, "score_threshold": score_threshold}
        run = partial(predictor.predict_batch, **options)
        batch = predictor.batch
        writer = ObjectWriter(predictor.metadata, out, opacity, masks)
    else:
        _refuse(score_threshold=score_threshold, masks=masks or None)
        options = {"tta": tta, "margin": margin, "samples": samples, "seed": seed}
        run, batch = partial(_one_by_one, predictor, options), 1
        writer = LabelWriter(predictor.metadata, out, opacity)
    videos = [file for file in files if is_video(file)]
    pictures = [file for file in files if not is_video(file)]
    # What the files of the results are called, and what objects.json calls the images.
    rows = zip(files, _names(files), _titles(files), strict=True)
    called = {file: (name, title) for file, name, title in rows}
    of_frames = partial(_of_frames, run, predictor.metadata)
    problems: list[str] = []
    read = _read(predictor, bar("Predicting")(pictures), problems, skip_bad)
    try:
        for group in _groups(read, batch):
            results = run([image for _, image in group])
            for (file, image), result in zip(group, results, strict=True):
                writer.write(*called[file], image, result)
        for file in videos:
            with _noting(problems, skip_bad):
                arguments = *called[file], file, of_frames, batch, bar(file.name)
                frames = writer.video(*arguments)
                say(f"{file}: {frames} frames")
    finally:  # after an error, or Ctrl-C, what was found until then
        writer.close()
    for line in problems:
        say(f"Left out: {line}")
    what = "files" if videos else "images"
    say(f"{len(files) - len(problems)} {what}{writer.found}: see {out}")


def _refuse(**options) -> None:
    """An option that this network has no use for."""
    for name, value in options.items():
        if value is not None:
            raise ValueError(
                f"Expected a network that --{name.replace('_', '-')} is for. Received: "
                "one of another kind. Leave it out; docs/prediction.md says what for."
            )


def _files(paths: list[Path], out: Path) -> list[Path]:
    """The files named, and the images and videos of the folders named."""
    from kseg.errors import DataError
    from kseg.imaging import list_images
    from kseg.predict.video import is_video

    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        if path.resolve() == out.resolve():
            raise ValueError(
                "Expected --out to be another folder than that of the images, which "
                f"the results would join. Received: {path}. Name another one."
            )
        inside = list_images(path)
        inside += sorted(file for file in path.iterdir() if is_video(file))
        if not inside:
            raise DataError(
                f"Expected images in {path}. Received: none. Give an image, or a "
                "folder with .png, .jpg or .tif files."
            )
        files += inside
    return list(dict.fromkeys(files))


def _names(files: list[Path]) -> list[str]:
    """What the results of each are called: a.png and a.jpg, and those of two folders,
    must not write over each other."""
    names = [file.stem for file in files]
    for longer in (
        [file.name for file in files],
        [f"{file.parent.name}_{file.name}" for file in files],
        [f"{n}_{file.name}" for n, file in enumerate(files, 1)],
    ):
        count = Counter(names)
        names = [
            other if count[name] > 1 else name
            for name, other in zip(names, longer, strict=True)
        ]
    return names


def _titles(files: list[Path]) -> list[str]:
    """The name of each, or where two have the same, the path as it was given."""
    count = Counter(file.name for file in files)
    return [file.as_posix() if count[file.name] > 1 else file.name for file in files]


def _groups(items: Iterator, size: int) -> Iterator[list]:
    """Lists of so many; before an error the list that had begun."""
    group, problem = [], None
    try:
        for item in items:
            group.append(item)
            if len(group) == size:
                yield group
                group = []
    except Exception as error:
        problem = error
    if group:
        yield group
    if problem:
        raise problem


def _read(predictor, files, problems: list[str], skip_bad: bool) -> Iterator[tuple]:
    for file in files:
        with _noting(problems, skip_bad):
            yield file, predictor.read(file)


@contextmanager
def _noting(problems: list[str], skip_bad: bool) -> Iterator[None]:
    """Note what is wrong with a file and go on, or end with it."""
    from kseg.errors import DataError

    try:
        yield
    except DataError as error:
        if not skip_bad:
            raise
        problems.append(str(error))


def _one_by_one(predictor, options, images) -> list:
    return [predictor.predict(image, **options) for image in images]


def _of_frames(run, metadata, frames) -> list:
    """The results of frames that go through the network's rule as files do."""
    from kseg.predict.prepare import as_read

    return run([as_read(frame, metadata) for frame in frames])
