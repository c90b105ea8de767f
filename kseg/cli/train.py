"""``kseg train``: a network on a user's images, into a run folder."""

from pathlib import Path
from typing import Annotated

import typer

from kseg.cli.console import (
    Data,
    Format,
    SkipBad,
    bar,
    parse_intensity,
    say,
    start_tensorflow,
)
from kseg.train.options import flag, takes_options


def _typed(option):
    """The annotation of an option, as typer reads it."""
    more = {name: option.metadata.get(name) for name in ("help", "metavar")}
    return Annotated[option.type, typer.Option(flag(option), **more)]


@takes_options(annotation=_typed)
def train(
    data: Data,
    out: Annotated[Path, typer.Option(help="The run folder, new or to resume.")],
    network: Annotated[
        str | None, typer.Argument(help="A recipe: see `kseg models`.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="The same as NETWORK.", show_default=False)
    ] = None,
    format: Format = None,
    train_split: Annotated[str, typer.Option(help="Images to learn from.")] = "train",
    val_split: Annotated[str, typer.Option(help="Images to score on.")] = "val",
    channels: Annotated[
        int, typer.Option(help="Of the network's input; gray is repeated to 3.")
    ] = 3,
    intensity: Annotated[
        str | None,
        typer.Option(
            help="Rule to uint8: percentile:1:99.8 or range:0:4095; 16-bit images take "
            "the first by themselves."
        ),
    ] = None,
    use_channels: Annotated[
        str | None,
        typer.Option(
            help="Which channels of the files, such as 0,2; 16-bit ones need "
            "--intensity too."
        ),
    ] = None,
    skip_bad: SkipBad = False,
    **options,
) -> None:
    """Train a network; the same command again resumes after an interruption."""
    if (network is None) == (recipe is None):
        raise ValueError(
            "Expected one recipe, as in `kseg train unet` or `kseg train --recipe unet`"
            f". Received: {network} and {recipe}. `kseg models` lists them."
        )
    start_tensorflow()
    from kseg.train.images import open_for, source
    from kseg.train.loop import train as run_training

    name, splits = network or recipe, {"train": train_split, "val": val_split}
    rule = parse_intensity(intensity, use_channels)
    seen_as = {"format": format, "channels": channels, "intensity": rule}
    sets = {
        part: open_for(name, data, split, **seen_as) for part, split in splits.items()
    }
    for note in sets["train"].notes:
        say(note)
    left_out = _read_all(sets, skip_bad)
    say(
        f"{len(sets['train'])} images to train on, {len(sets['val'])} to validate on, "
        f"classes: {', '.join(sets['train'].class_names)}"
    )
    try:
        run = run_training(
            name,
            sets["train"],
            sets["val"],
            out,
            data=source(data, format, (train_split, val_split)),
            say=say,
            **options,
        )
    except KeyboardInterrupt:  # which has said how to go on
        raise typer.Exit(130) from None
    _say_end(run, left_out)


def _say_end(run, left_out: list[str]) -> None:
    if left_out:
        say("\n  ".join([f"{len(left_out)} files were left out:", *left_out]))
    state = run.last()[1]
    say(
        f"Best validation score {state['best_score']:.4f} after epoch "
        f"{state['best_epoch']}; the network is {run.best}"
    )


def _read_all(sets: dict, skip_bad: bool) -> list[str]:
    """Find bad files before training starts, not in the middle of an epoch."""
    from kseg.data.skip_bad import drop_bad

    left_out = []
    for part, dataset in sets.items():
        sets[part], problems = drop_bad(dataset, bar(f"Reading {part} images"))
        left_out += problems
    if left_out and not skip_bad:
        from kseg.errors import DataError

        shown = "\n".join(f"  {line}" for line in left_out[:20])
        raise DataError(
            f"Expected every image and mask to be usable. Received {len(left_out)} "
            f"that are not:\n{shown}\nMend them (`kseg check-data` lists all), or "
            "train without them: --skip-bad."
        )
    return left_out
