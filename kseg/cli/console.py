"""What the commands share: the console, progress bars and common options."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from kseg.quiet import quiet_stderr

console = Console(highlight=False)

Data = Annotated[
    Path,
    typer.Option(help="Folder of images and masks; see docs/data.md for the layouts."),
]
Format = Annotated[
    str | None,
    typer.Option(help="Layout of the data; found by itself where it can be."),
]
SkipBad = Annotated[
    bool,
    typer.Option("--skip-bad", help="Leave out files that cannot be used; list them."),
]


def parse_intensity(rule: str | None, channels: str | None):
    """``percentile:1:99.8`` and ``0,2`` as a `kseg.imaging.Intensity`; None for none.

    Raises:
        ValueError: They are not of these forms.
    """
    from kseg.imaging import Intensity

    if rule is None and channels is None:
        return None
    try:
        name, *limits = (rule or "none").split(":")
        low, high = map(float, limits) if limits else (None, None)
        chosen = tuple(map(int, channels.split(","))) if channels else None
    except ValueError:
        raise ValueError(
            "Expected --intensity like percentile:1:99.8 or range:0:4095, and "
            f"--use-channels like 0,2. Received: {rule} and {channels}."
        ) from None
    return Intensity(name, low, high, chosen)


def start_tensorflow() -> None:
    """Import Keras, and TensorFlow where it runs on that, without start-up messages.

    They would bury what kseg says. An error of the import is raised as always.
    """
    with quiet_stderr():
        import keras

        if keras.backend.backend() == "tensorflow":
            import tensorflow  # noqa: F401


def open_network(path: Path, *, check: bool = False):
    """`kseg.load`; a bundle does without TensorFlow, so nothing else starts it.

    Args:
        path: As `kseg.load` takes it.
        check: Of a bundle, predict the golden image first, and say whether this
            machine computes what the one computed where it was exported.
    """
    from kseg.errors import BundleError
    from kseg.predict.load import load

    trained = path.is_dir() or path.suffix == ".keras"
    if trained:
        start_tensorflow()
    with quiet_stderr():  # the runtime says that it made its delegate
        predictor = load(path)
    if check and not trained:
        try:
            check_golden(predictor)
        except BundleError as error:
            # Results may still be good enough for what they are for: the user's choice.
            print(f"Warning: the golden image of this bundle: {error}", file=sys.stderr)
    return predictor


def check_golden(predictor) -> None:
    """Predict the golden image of a bundle, and say how well it agrees.

    Raises:
        BundleError: It does not.
    """
    agreement = predictor.describe_check(predictor.self_check())
    say(f"Golden image: {agreement}")


def run_app(app: typer.Typer, arguments: list[str] | None = None) -> None:
    """Run a command; an error that a user can mend is one sentence, not a traceback.

    Set ``KSEG_DEBUG=1`` for the traceback.

    Args:
        app: The command line.
        arguments: What follows its name; None takes the process' own.
    """
    # TensorFlow's C++ start-up messages would bury what kseg says.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        app(arguments)
    except SystemExit as status:
        # The command line's library ends this way also where all went well.
        if status.code:
            raise
    except (ValueError, OSError) as error:
        if os.environ.get("KSEG_DEBUG"):
            raise
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)


def say(text: str) -> None:
    """Print a line; rich's markup is not interpreted, for file names hold brackets."""
    console.print(text, markup=False, soft_wrap=True)


def bar(what: str):
    """A progress bar around an iterable of known length, gone when done."""

    def wrap(items: Iterable):
        # Where there is no terminal a bar would leave empty lines.
        quiet = not console.is_terminal
        return track(items, what, console=console, transient=True, disable=quiet)

    return wrap
