"""Train a recipe's network on a data set, into a run folder."""

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from kseg import callbacks, recipes
from kseg.data import Dataset, steps_per_epoch
from kseg.errors import RunError
from kseg.predict import from_model
from kseg.show.compare import compared, save_grid
from kseg.train import backends, interrupts, lock
from kseg.train import run as runs
from kseg.train.evaluation import evaluate
from kseg.train.options import completed, takes_options
from kseg.train.record import build, in_own_classes, make_record
from kseg.train.run_files import read_network
from kseg.train.sides import side_of_recipe

PREVIEWED = 6


@takes_options()
def train(
    recipe_name: str,
    train_set: Dataset,
    val_set: Dataset,
    out: str | os.PathLike,
    *,
    data: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = print,
    **options,
) -> runs.Run:
    """Train, or go on with a training that was interrupted.

    Args:
        recipe_name: A name of `kseg.recipes.RECIPES`.
        train_set: Images to learn from.
        val_set: Images to score on, about twenty times, or ten with a network that
            finds objects; the best network is kept.
        out: The run folder. If it holds a run with the same arguments, that run is
            resumed after its last complete epoch.
        data: Where the images came from, for the record: ``data`` (the folder),
            ``format``, ``train_split`` and ``val_split``, as `kseg.data.open_dataset`
            takes them. `kseg export` reads it.
        say: Prints a line.
        **options: Of `kseg.train.Options`, such as ``epochs`` or ``minutes``.

    Returns:
        The run; `kseg.load(run.path)` predicts with its best network.

    Raises:
        RunError: The folder holds another run, memory ran out, or the loss diverged.
        DataError: An image or mask cannot be used; names the file.
        ValueError: The recipe is unknown, or does not take an option or such data.
    """
    record = make_record(recipe_name, train_set, val_set, data=data, **options)
    arguments = record["arguments"]
    train_set = in_own_classes(recipes.get(recipe_name), train_set)
    weights_from = arguments["from"]
    runs.check_place(out)
    with interrupts.handled(), lock.locked(out, say):
        source = None
        if weights_from and not any(Path(out).glob("checkpoints/epoch_*")):
            source = open_weights(weights_from)
        run = runs.open_or_create(out, record)
        try:
            _train(run, source, train_set, val_set, say)
        except (KeyboardInterrupt, SystemExit):
            last = run.last()
            done = f"after epoch {last[1]['epoch']}" if last else "at the beginning"
            say(f"Stopped. The same command goes on {done}: {run.path}")
            raise
    return run


def _train(run, source, train_set, val_set, say) -> None:
    arguments = completed(run.record["arguments"])
    keras.utils.set_random_seed(arguments["seed"])
    backend = backends.current()
    if arguments["deterministic"]:
        backend.be_deterministic()
    if arguments["mixed_precision"]:
        keras.mixed_precision.set_global_policy(backend.mixed_precision())
    try:
        model, state, average = build(run, train_set, source, say)
        _fit(run, model, state, average, train_set, val_set, say)
    except Exception as error:
        _explain(error, arguments)
        raise
    finally:
        if arguments["mixed_precision"]:
            keras.mixed_precision.set_global_policy("float32")


def _fit(run, model, state, average, train_set, val_set, say):
    arguments = completed(run.record["arguments"])
    recipe = recipes.get(arguments["network"])
    side, target = side_of_recipe(recipe), run.record["target"]
    train_set = side.repeated(train_set, target, arguments["image_size"])
    steps = steps_per_epoch(train_set, arguments["batch_size"])
    schedule = callbacks.Schedule(
        arguments["learning_rate"],
        steps,
        recipe.schedule,
        epochs=arguments["epochs"],
        minutes=arguments["minutes"],
        seconds=state["seconds"],
    )
    epochs = arguments["epochs"] or 10**6
    if state["epoch"] >= epochs or schedule.progress(0) >= 1:
        say(f"{run.path} is complete: {state['epoch']} epochs")
        return
    backend = backends.current()
    batches = side.batches(backend)(
        train_set,
        augmentation=recipe.augmentation,
        size=tuple(arguments["image_size"]),
        batch_size=arguments["batch_size"],
        seed=arguments["seed"],
        start_epoch=state["epoch"],
        **target,
    )
    score, preview = _looks(run, val_set)
    average = callbacks.WeightAverage(recipe.average_momentum, average)
    progress = callbacks.Progress(schedule, say)
    fed, starts = backend.feed(batches, steps)
    with backend.errors(), contextlib.closing(progress):
        model.fit(
            **fed,
            epochs=epochs,
            initial_epoch=state["epoch"],
            shuffle=False,  # the pipeline has its own order
            verbose=0,
            callbacks=[
                *starts,
                schedule,
                callbacks.StopOnNaN(),
                average,
                callbacks.Score(
                    run, score, state, average, schedule, side.SCORED_EVERY
                ),
                progress,
                callbacks.Previews(run, preview, average, say),
                callbacks.Checkpoint(run, state, schedule, average),
                # A signal's exception gets lost where Python cannot raise it.
                keras.callbacks.LambdaCallback(
                    on_train_batch_end=lambda batch, logs: interrupts.check()
                ),
                *backend.logs(run.path / "logs", say),
            ],
        )


def _looks(run, val_set):
    """What scores a network on validation images, and what draws some results."""
    metadata = run.record["metadata"]
    few = val_set.subset([item.name for item in val_set.items[:PREVIEWED]])

    def score(model):
        scores = evaluate(
            from_model(model, metadata), val_set, boundary=False, quick=True
        ).scores
        return {k: v for k, v in scores.items() if isinstance(v, float)}

    def preview(model, path):
        predict = from_model(model, metadata).predict
        save_grid(compared(few, range(len(few)), predict, metadata), metadata, path)

    return score, preview


def open_weights(source: str | os.PathLike) -> keras.Model:
    """The network of a run folder or a ``.keras`` file.

    Raises:
        RunError: It cannot be read.
    """
    source = Path(source)
    path = runs.Run(source).best if source.is_dir() else source
    return read_network(path, compile=False)


def _explain(error: Exception, arguments: dict[str, Any]) -> None:
    """Raise an error that says what the user can do, where it is known."""
    if backends.current().out_of_memory(error):
        raise RunError(
            "Memory ran out. Received: batch size "
            f"{arguments['batch_size']} of {arguments['image_size']} pixels. Train "
            f"with --batch-size {max(1, arguments['batch_size'] // 2)}, or smaller "
            "crops (--image-size)."
        ) from error
