"""Train a recipe on whatever accelerator JAX finds, without TensorFlow.

    python benchmarks/train_on_jax.py prepare CAMVID camvid.npz
    python benchmarks/train_on_jax.py train segnet-basic-camvid camvid.npz runs/basic

`prepare` reads a data folder of label maps, on any machine, into one file of arrays.
`train` takes the recipe's network, loss, optimiser and schedule, makes its crops in
NumPy, and writes the run folder that `kseg train` writes: `kseg evaluate`, `kseg
predict` and `kseg export` take it. After a kill the same command goes on with the epoch
that was lost, as if nothing had happened. docs/jax.md has what to install.
"""

import argparse
import contextlib
import os
import sys
from pathlib import Path

# Read when Keras is first imported: `train` is meant for JAX, `prepare` for any.
os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from array_data import KNOWN, Crops, read_arrays, write_arrays

from kseg import callbacks, recipes
from kseg.data import open_dataset
from kseg.predict import from_model
from kseg.train import run as runs
from kseg.train.evaluation import evaluate
from kseg.train.record import build, make_record


def prepare(
    folder: Path, out: Path, train_split: str, val_split: str, format: str | None
) -> None:
    """Write two splits of a data folder into one .npz file."""
    splits = {"train": train_split, "val": val_split}
    datasets = {
        part: open_dataset(folder, format=format, split=split)
        for part, split in splits.items()
    }
    data = {"data": str(folder.resolve()), "format": format}
    data |= {"train_split": train_split, "val_split": val_split}
    write_arrays(out, datasets, data)
    train_set, val_set = datasets.values()
    print(f"{out}: {len(train_set)} images to train on, {len(val_set)} to validate on")


def train(
    recipe_name: str,
    arrays: Path,
    out: Path,
    *,
    workers: int = 2,
    **options,
) -> runs.Run:
    """Train, or go on with a training that was interrupted.

    Args:
        recipe_name: A name of `kseg.recipes.RECIPES`, for label maps.
        arrays: What `prepare` wrote.
        out: The run folder.
        workers: Threads that make batches ahead.
        **options: epochs, minutes, image_size, batch_size, learning_rate, weights,
            mixed_precision (here bfloat16) and seed, as `kseg.train.record.make_record`
            takes them.

    Returns:
        The run.

    Raises:
        RunError: The folder holds another run, or the loss diverged.
        ValueError: The recipe does not take an argument.
    """
    datasets, data = read_arrays(arrays)
    train_set, val_set = datasets["train"], datasets["val"]
    record = make_record(recipe_name, train_set, val_set, data=data, **options)
    run = runs.open_or_create(out, record)
    arguments = record["arguments"]
    keras.utils.set_random_seed(arguments["seed"])
    policy = "mixed_bfloat16" if arguments["mixed_precision"] else "float32"
    keras.config.set_dtype_policy(policy)
    model, state, average = build(run, train_set)
    fit(run, model, state, average, train_set, val_set, workers)
    return run


def fit(run, model, state, average, train_set, val_set, workers) -> None:
    """``model.fit`` on crops of arrays, with the callbacks of `kseg.train.loop`."""
    arguments, metadata = run.record["arguments"], run.record["metadata"]
    recipe = recipes.get(arguments["network"])
    left_out = sorted(recipe.augmentation.keys() - KNOWN.keys())
    if left_out:
        print(f"Left out of the recipe's augmentation: {', '.join(left_out)}")
    size, batch_size = tuple(arguments["image_size"]), arguments["batch_size"]
    options = {"seed": arguments["seed"], "workers": workers}
    crops = Crops(train_set, size, batch_size, recipe.augmentation, **options)
    schedule = callbacks.Schedule(
        arguments["learning_rate"],
        len(crops),
        recipe.schedule,
        epochs=arguments["epochs"],
        minutes=arguments["minutes"],
        seconds=state["seconds"],
    )
    epochs = arguments["epochs"] or 10**6
    if state["epoch"] >= epochs or schedule.progress(0) >= 1:
        print(f"{run.path} is complete: {state['epoch']} epochs")
        return

    def score(model):
        predictor = from_model(model, metadata)
        scores = evaluate(predictor, val_set, boundary=False).scores
        return {k: v for k, v in scores.items() if isinstance(v, float)}

    average = callbacks.WeightAverage(recipe.average_momentum, average)
    progress = callbacks.Progress(schedule, print)
    with contextlib.closing(progress):
        model.fit(
            crops,
            epochs=epochs,
            initial_epoch=state["epoch"],
            shuffle=False,  # the crops have their own order
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(
                    on_epoch_begin=lambda epoch, logs: crops.start(epoch)
                ),
                schedule,
                callbacks.StopOnNaN(),
                average,
                callbacks.Score(run, score, state, average, schedule),
                progress,
                callbacks.Checkpoint(run, state, schedule, average),
            ],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("prepare", help="a data folder as one .npz file")
    command.add_argument("folder", metavar="data", type=Path)
    command.add_argument("out", type=Path)
    command.add_argument("--train-split", default="train")
    command.add_argument("--val-split", default="val")
    command.add_argument("--format", help="as `kseg train` has it")
    command.set_defaults(run=prepare)
    command = commands.add_parser("train", help="train a recipe, or resume")
    command.add_argument("recipe_name", metavar="recipe", choices=recipes.RECIPES)
    command.add_argument("arrays", type=Path)
    command.add_argument("out", type=Path)
    command.add_argument("--epochs", type=int)
    command.add_argument("--minutes", type=float)
    command.add_argument("--image-size", type=int, nargs=2, metavar=("H", "W"))
    command.add_argument("--batch-size", type=int)
    command.add_argument("--lr", dest="learning_rate", type=float)
    command.add_argument("--weights", choices=["imagenet", "none"])
    command.add_argument("--mixed-precision", action="store_true", help="bfloat16")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--workers", type=int, default=2)
    command.set_defaults(run=train)
    arguments = vars(parser.parse_args())
    try:
        arguments.pop("run")(**arguments)
    except ValueError as error:  # as all errors of kseg are
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
