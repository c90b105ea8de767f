"""Train a recipe's network on a data set, into a run folder."""

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np

from kseg import callbacks, recipes, runs
from kseg.data import (
    Dataset,
    data_errors,
    make_pipeline,
    repeat_large,
    steps_per_epoch,
)
from kseg.errors import DataError, RunError
from kseg.evaluation import evaluate
from kseg.predict import draw
from kseg.predict.predictor import Predictor

PREVIEWED = 6


def train(
    recipe_name: str,
    train_set: Dataset,
    val_set: Dataset,
    out: str | os.PathLike,
    *,
    epochs: int | None = None,
    minutes: float | None = None,
    image_size: tuple[int, int] | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    weights_from: str | os.PathLike | None = None,
    mixed_precision: bool = False,
    seed: int = 0,
    data: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = print,
) -> runs.Run:
    """Train, or go on with a training that was interrupted.

    Args:
        recipe_name: A name of `kseg.recipes.RECIPES`.
        train_set: Images to learn from.
        val_set: Images to score on, about twenty times; the best network is kept.
        out: The run folder. If it holds a run with the same arguments, that run is
            resumed after its last complete epoch.
        epochs: Passes over the training images; the recipe's by default.
        minutes: Train by the clock instead.
        image_size: (H, W) of the crops to train on, in pixels.
        batch_size: Crops a step.
        learning_rate: Peak of the schedule.
        weights_from: A run or ``.keras`` file whose weights to start with; the number
            of classes may differ.
        mixed_precision: float16 on a GPU, bfloat16 on a CPU: faster where a CPU has
            instructions for it, slower elsewhere.
        seed: Of weights, order and augmentation.
        data: Where the images came from, for the record: ``data`` (the folder),
            ``format``, ``train_split`` and ``val_split``, as `kseg.data.open_dataset`
            takes them. `kseg export` reads it.
        say: Prints a line.

    Returns:
        The run; `kseg.load(run.path)` predicts with its best network.

    Raises:
        RunError: The folder holds another run, memory ran out, or the loss diverged.
        DataError: An image or mask cannot be used; names the file.
    """
    if epochs is not None and minutes is not None:
        raise ValueError(
            "Expected epochs or minutes, not both. Received: "
            f"epochs={epochs}, minutes={minutes}."
        )
    recipe = recipes.get(recipe_name)
    if epochs is None and minutes is None:
        epochs = recipe.EPOCHS
    arguments = {
        "network": recipe_name,
        **(data or {}),
        "channels": train_set.channels,
        "intensity": train_set.intensity.to_dict(),
        "epochs": epochs,
        "minutes": minutes,
        "image_size": _default(image_size, recipe.IMAGE_SIZE),
        "batch_size": _default(batch_size, recipe.BATCH_SIZE),
        "learning_rate": _default(learning_rate, recipe.LEARNING_RATE),
        "from": str(weights_from) if weights_from else None,
        "mixed_precision": mixed_precision,
        "seed": seed,
    }
    _check_arguments(arguments, recipe, train_set, val_set)
    source = None
    if weights_from and not any(Path(out).glob("checkpoints/epoch_*")):
        source = open_weights(weights_from)
    run = runs.open_or_create(
        out,
        {
            "arguments": arguments,
            "split": {
                "train": [item.name for item in train_set.items],
                "val": [item.name for item in val_set.items],
            },
            "target": _target(recipe, train_set),
            "metadata": describe(recipe_name, recipe, train_set),
        },
    )
    keras.utils.set_random_seed(seed)
    if mixed_precision:
        _use_mixed_precision()
    try:
        model, state, average = _build(recipe, run, train_set, source, say)
        _fit(recipe, run, model, state, average, train_set, val_set, say)
    except Exception as error:
        _explain(error, arguments)
        raise
    finally:
        if mixed_precision:
            keras.mixed_precision.set_global_policy("float32")
    return run


def _default(given: Any, default: Any) -> Any:
    # Not ``given or default``: a 0 is a mistake to report, not one to mend.
    return default if given is None else given


def describe(name: str, recipe: ModuleType, dataset: Dataset) -> dict[str, Any]:
    """The metadata of a network: what a reader of its bundle has to know."""
    instances = dataset.kind == "instances"
    classes = list(dataset.class_names)
    palette = [list(colour) for colour in dataset.palette]
    if instances:
        classes = ["background", classes[1], "border"]
        palette = [palette[0], palette[1], [255, 255, 255]]
    height, width = recipe.TILE_SIZE
    return {
        "name": name,
        "task": "semantic",
        "input": {
            "name": "image",
            "size": [height, width],
            "channels": dataset.channels,
            "dtype": "uint8",
            "resize": "tile",
            "intensity": dataset.intensity.to_dict(),
        },
        "output": {
            "name": "labels",
            "kind": "logits",
            "size": [height, width],
            "offset": [0, 0],
        },
        "tiling": {"margin": recipe.MARGIN, "stride": recipe.STRIDE},
        "classes": classes,
        "palette": palette,
        "ignore_label": dataset.ignore_label,
        "instances": recipe.INSTANCES if instances else None,
    }


def _target(recipe: ModuleType, dataset: Dataset) -> dict[str, Any]:
    """What the network learns, as `make_pipeline` takes it."""
    if dataset.kind == "instances":
        return recipe.INSTANCE_TARGET
    return {"target": "labels"}


def _check_arguments(arguments, recipe, train_set, val_set) -> None:
    for name in ("epochs", "minutes", "batch_size", "learning_rate"):
        value = arguments[name]
        if value is not None and value <= 0:
            raise ValueError(f"Expected {name} above 0. Received: {name}={value}.")
    stride = recipe.STRIDE
    for length in arguments["image_size"]:
        if length < stride or length % stride:
            below = max(stride, length // stride * stride)
            raise ValueError(
                f"Expected an image size of multiples of {stride}. Received: "
                f"{list(arguments['image_size'])}. Use {below} or {below + stride}."
            )
    for part, dataset in (("training", train_set), ("validation", val_set)):
        if not len(dataset):
            raise DataError(f"Expected at least one {part} image. Received: none.")


def _build(recipe, run, train_set, source, say):
    """The network and the state of the run: from its last checkpoint, or new."""
    last = run.last()
    if last is not None:
        path, state, average = last
        say(f"Resuming {run.path} after epoch {state['epoch']}")
        return keras.models.load_model(path), state, average
    metadata = run.record["metadata"]
    model = recipe.network(len(metadata["classes"]), train_set.channels)
    if source is not None:
        for line in take_weights(model, source):
            say(line)
    model.compile(
        optimizer=recipe.optimizer(),
        loss=recipe.loss(train_set.kind, train_set.ignore_label),
    )
    state = {"epoch": 0, "seconds": 0.0, "best_score": -1.0, "history": []}
    return model, state, None


def _fit(recipe, run, model, state, average, train_set, val_set, say):
    arguments = run.record["arguments"]
    size = tuple(arguments["image_size"])
    train_set = repeat_large(train_set, size)
    steps = steps_per_epoch(train_set, arguments["batch_size"])
    schedule = callbacks.CosineSchedule(
        arguments["learning_rate"],
        steps,
        epochs=arguments["epochs"],
        minutes=arguments["minutes"],
        seconds=state["seconds"],
    )
    epochs = arguments["epochs"] or 10**6
    if state["epoch"] >= epochs or schedule.progress(0) >= 1:
        say(f"{run.path} is complete: {state['epoch']} epochs")
        return
    pipeline = make_pipeline(
        train_set,
        size=size,
        batch_size=arguments["batch_size"],
        augment=recipe.augmentation(),
        **run.record["target"],
        training=True,
        seed=arguments["seed"],
        start_epoch=state["epoch"],
    )
    metadata = run.record["metadata"]
    few = val_set.subset([item.name for item in val_set.items[:PREVIEWED]])

    def score(model):
        scores = evaluate(Predictor.from_model(model, metadata), val_set).scores
        return {k: v for k, v in scores.items() if isinstance(v, float)}

    def preview(model, path):
        draw_results(Predictor.from_model(model, metadata), few, path)

    average = callbacks.WeightAverage(recipe.AVERAGE_MOMENTUM, average)
    progress = callbacks.Progress(schedule, say)
    with data_errors(), contextlib.closing(progress):
        model.fit(
            pipeline,
            epochs=epochs,
            initial_epoch=state["epoch"],
            steps_per_epoch=steps,
            shuffle=False,  # the pipeline has its own order
            verbose=0,
            callbacks=[
                schedule,
                callbacks.StopOnNaN(),
                average,
                callbacks.Score(run, score, state, average, schedule),
                progress,
                callbacks.Previews(run, preview, average),
                callbacks.Checkpoint(run, state, schedule, average),
                *_tensorboard(run, say),
            ],
        )


def draw_results(predictor: Predictor, dataset: Dataset, path) -> None:
    """Write a picture grid: image, truth and result, a row each."""
    rows = []
    for i in range(len(dataset)):
        image = dataset.image(i)
        rows.append((image, dataset.target(i), predictor.predict(image)))
    draw.save_grid(rows, predictor.metadata, path)


def _tensorboard(run, say) -> list[keras.callbacks.Callback]:
    try:
        import tensorboard  # noqa: F401 -- Keras' callback needs it and says so late
    except ImportError:
        say("No TensorBoard logs: `pip install tensorboard` writes them next time")
        return []
    return [keras.callbacks.TensorBoard(run.path / "logs", write_graph=False)]


def open_weights(source: str | os.PathLike) -> keras.Model:
    """The network of a run folder or a ``.keras`` file.

    Raises:
        RunError: It cannot be read.
    """
    source = Path(source)
    path = runs.Run(source).best if source.is_dir() else source
    try:
        return keras.models.load_model(path, compile=False)
    except (OSError, ValueError) as error:
        raise RunError(
            f"Expected a run or a .keras file to take weights from. Received: {source} "
            f"({str(error).splitlines()[0]})."
        ) from None


def take_weights(model: keras.Model, other: keras.Model) -> list[str]:
    """Copy the weights of another network, layer by layer, by name and shape.

    Args:
        model: The network that receives them.
        other: The network that gives them.

    Returns:
        A line that counts what was taken, and one for each layer that was not.

    Raises:
        RunError: Nothing fits.
    """
    theirs = {layer.name: layer.get_weights() for layer in other.layers}
    lines, taken = [], 0
    for layer in model.layers:
        own = [w.shape for w in layer.get_weights()]
        if not own:
            continue
        given = [np.shape(w) for w in theirs.get(layer.name, [])]
        if given == own:
            layer.set_weights(theirs[layer.name])
            taken += 1
        else:
            lines.append(f"  not taken over: {layer.name} {own}, there {given}")
    if not taken:
        raise RunError(
            f"Expected weights of a network with layers like {model.name}'s. Received: "
            f"those of {other.name}, of which no layer fits."
        )
    return [f"Took the weights of {taken} layers of {other.name}", *lines]


def _use_mixed_precision() -> None:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    keras.mixed_precision.set_global_policy(
        "mixed_float16" if gpus else "mixed_bfloat16"
    )


def _explain(error: Exception, arguments: dict[str, Any]) -> None:
    """Raise an error that says what the user can do, where it is known."""
    import tensorflow as tf

    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        raise RunError(
            "Memory ran out. Received: batch size "
            f"{arguments['batch_size']} of {arguments['image_size']} pixels. Train "
            f"with --batch-size {max(1, arguments['batch_size'] // 2)}, or smaller "
            "crops (--image-size)."
        ) from error
