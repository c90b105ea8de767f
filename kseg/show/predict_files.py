"""Files of images and videos, or whole folders, predicted and written into another."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kseg.errors import DataError
from kseg.imaging import list_images
from kseg.imaging.bad_file import BadFile
from kseg.predict.prepare import as_read
from kseg.predict.video import is_video
from kseg.show.sides import side_of


def _no_bar(what: str) -> Callable[[Iterable], Iterable]:
    return iter


@dataclass
class Predicted:
    """What `predict_files` did.

    Attributes:
        files: That were predicted.
        what: "images", or "files" where there were videos, too.
        summary: Of their objects, as a part of a sentence.
        problems: A line for each file that was left out.
    """

    files: int
    what: str
    summary: str
    problems: list[str] = field(default_factory=list)


def predict_files(
    predictor,
    paths: Sequence[Path],
    out: Path,
    *,
    opacity: float = 0.5,
    masks: bool = False,
    skip_bad: bool = False,
    bar: Callable[[str], Callable[[Iterable], Iterable]] = _no_bar,
    say: Callable[[str], None] = print,
    **options,
) -> Predicted:
    """Write an overlay, masks, objects and a table for each image; of videos a video.

    Args:
        predictor: What `kseg.load` returns.
        paths: Images, videos, and folders of them.
        out: Folder for the results; none of ``paths``.
        opacity: Of the overlays, 0 to 1.
        masks: Write a PNG for each object, too, of a network that finds objects.
        skip_bad: Go on after a file that is no image or video.
        bar: From a few words to what wraps an iteration, to show its progress.
        say: Prints a line for each video.
        **options: Of the predictor's ``predict``; what is None is not passed on.

    Returns:
        What was done. After an error, or Ctrl-C, what was found until then is written.

    Raises:
        DataError: A file is no image or video, or there are none; it is named.
        ValueError: An option that this network has no use for, or ``out`` is one of
            the folders.
    """
    options = predictor.check_options(**options)
    files = _files(paths, out)
    writer = side_of(predictor.metadata).writer(predictor.metadata, out, opacity, masks)
    run = partial(predictor.predict_batch, **options)
    # What the files of the results are called, and what objects.json calls the images.
    rows = zip(files, _names(files), _titles(files), strict=True)
    called = {file: (name, title) for file, name, title in rows}
    pictures, videos = (
        [file for file in files if is_video(file) == moving] for moving in (False, True)
    )
    problems: list[str] = []
    noting = partial(_noting, problems, skip_bad)
    try:
        read = _read(predictor, bar("Predicting")(pictures), noting)
        for group in _groups(read, predictor.batch):
            results = run([image for _, image in group])
            for (file, image), result in zip(group, results, strict=True):
                writer.write(*called[file], image, result)
        of_frames = partial(_of_frames, run, predictor.metadata)
        for file in videos:
            with noting():
                arguments = file, of_frames, predictor.batch, bar(file.name)
                frames = writer.video(*called[file], *arguments)
                say(f"{file}: {frames} frames")
    finally:
        writer.close()
    what = "files" if videos else "images"
    return Predicted(len(files) - len(problems), what, writer.summary(), problems)


def _files(paths: Sequence[Path], out: Path) -> list[Path]:
    """The files named, and the images and videos of the folders named."""
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            files.append(path)
            continue
        if path.resolve() == Path(out).resolve():
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


def _read(predictor, files: Iterable[Path], noting) -> Iterator[tuple]:
    for file in files:
        with noting():
            yield file, _image(predictor, file)


def _image(predictor, file):
    """The pixels of a file; whatever a decoder raises is said of the file."""
    try:
        return predictor.read(file)
    except DataError:
        raise
    except Exception as error:
        raise BadFile(
            file,
            f"cannot be decoded ({type(error).__name__}: {error})",
            "Replace or remove the file.",
        ) from error


@contextmanager
def _noting(problems: list[str], skip_bad: bool) -> Iterator[None]:
    """Note what is wrong with a file and go on, or end with it."""
    try:
        yield
    except DataError as error:
        if not skip_bad:
            raise
        problems.append(str(error))


def _of_frames(run, metadata, frames) -> list:
    """The results of frames that go through the network's rule as files do."""
    return run([as_read(frame, metadata) for frame in frames])
