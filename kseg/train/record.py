"""What a training starts with: the record of its run, its network and its state.

Apart from `kseg.train.loop`, whose pipeline is TensorFlow's: a training on another
backend starts with the same, and its run folder is as good to every command.
"""

import os
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import keras

from kseg import callbacks, recipes
from kseg.checkpoints.weights import take_weights
from kseg.data import Dataset
from kseg.errors import DataError
from kseg.recipes import finds_objects
from kseg.train.describe import describe
from kseg.train.run import Run


def make_record(
    recipe_name: str,
    train_set: Dataset,
    val_set: Dataset,
    *,
    epochs: int | None = None,
    minutes: float | None = None,
    image_size: tuple[int, int] | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    weights_from: str | os.PathLike | None = None,
    backbone: str | None = None,
    weights: str | None = None,
    mixed_precision: bool = False,
    seed: int = 0,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The record of a run, with the recipe's values where none are given.

    Args:
        recipe_name: A name of `kseg.recipes.RECIPES`.
        train_set: Images to learn from.
        val_set: Images to score on.
        epochs, minutes, image_size, batch_size, learning_rate, weights_from, backbone,
            weights, mixed_precision, seed, data: As `kseg.train.loop.train` takes them.

    Returns:
        ``arguments``, ``split``, ``target`` (what `kseg.data.make_pipeline`, or for
        objects `make_object_pipeline`, makes of the masks) and ``metadata`` (what
        the network's bundles carry), all JSON.

    Raises:
        DataError: A data set is empty.
        ValueError: The recipe is unknown, or does not take an argument or such data.
    """
    if epochs is not None and minutes is not None:
        raise ValueError(
            "Expected epochs or minutes, not both. Received: "
            f"epochs={epochs}, minutes={minutes}."
        )
    recipe = recipes.get(recipe_name)
    if epochs is None and minutes is None:
        epochs = recipe.EPOCHS
    if backbone is not None and recipe.BACKBONE is None:
        raise ValueError(
            f"Expected no backbone: {recipe_name} is the paper's own network. "
            f"Received: backbone={backbone!r}. Leave it out, or take a recipe that has "
            "one (`kseg models`)."
        )
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
        "backbone": _default(backbone, recipe.BACKBONE),
        "weights": _default(weights, recipe.WEIGHTS or "none"),
        "mixed_precision": mixed_precision,
        "seed": seed,
    }
    _check_arguments(arguments, recipe, train_set, val_set)
    return {
        "arguments": arguments,
        "split": {
            "train": [item.name for item in train_set.items],
            "val": [item.name for item in val_set.items],
        },
        "target": _target(recipe, train_set),
        "metadata": describe(recipe_name, recipe, train_set, arguments["image_size"]),
    }


def build(
    run: Run,
    train_set: Dataset,
    source: keras.Model | None = None,
    say: Callable[[str], None] = print,
) -> tuple[keras.Model, dict[str, Any], list | None]:
    """The compiled network, the state and the averaged weights: the last, or new ones.

    Args:
        run: New, or one to resume.
        train_set: Images to learn from; the loss may depend on them.
        source: A network whose weights a new one starts with.
        say: Prints a line.
    """
    last = run.last()
    if last is not None:
        path, state, average = last
        say(f"Resuming {run.path} after epoch {state['epoch']}")
        model = keras.models.load_model(path)
        callbacks.restore_seeds(model, state)
        return model, state, average
    recipe = recipes.get(run.record["arguments"]["network"])
    model = _network(recipe, run, train_set.channels, source)
    if source is not None:
        for line in take_weights(model, source):
            say(line)
    if finds_objects(recipe):  # whose loss is the network's own
        model.compile(optimizer=recipe.optimizer())
    else:
        model.compile(optimizer=recipe.optimizer(), loss=recipe.loss(train_set))
    state = {"epoch": 0, "seconds": 0.0, "best_score": -1.0, "history": []}
    return model, state, None


def _default(given: Any, default: Any) -> Any:
    # Not ``given or default``: a 0 is a mistake to report, not one to mend.
    return default if given is None else given


def _target(recipe: ModuleType, dataset: Dataset) -> dict[str, Any]:
    """What the network learns, as the pipeline takes it."""
    if finds_objects(recipe):
        if dataset.kind != "instances":
            raise ValueError(
                "Expected masks of single objects, which are what this recipe learns. "
                "Received: label maps. Use a recipe such as unet, or name the format "
                "of the objects (--format)."
            )
        return recipe.OBJECTS
    if dataset.kind == "labels":
        return {"target": "labels"}
    if recipe.INSTANCE_TARGET is None:
        raise ValueError(
            "Expected label maps, which are what this recipe learns. Received: masks "
            "of single objects. Use `kseg train unet`, or read the masks as label maps "
            "with --format folder."
        )
    return recipe.INSTANCE_TARGET


def _check_arguments(arguments, recipe, train_set, val_set) -> None:
    for name in ("epochs", "minutes", "batch_size", "learning_rate"):
        value = arguments[name]
        if value is not None and value <= 0:
            raise ValueError(f"Expected {name} above 0. Received: {name}={value}.")
    multiple = recipe.MULTIPLE
    for length in arguments["image_size"]:
        if length < multiple or length % multiple:
            below = max(multiple, length // multiple * multiple)
            raise ValueError(
                f"Expected an image size of multiples of {multiple}. Received: "
                f"{list(arguments['image_size'])}. Use {below} or {below + multiple}."
            )
    if arguments["weights"] == "imagenet" and recipe.WEIGHTS is None:
        raise ValueError(
            f"Expected no ImageNet weights: {arguments['network']} trains from "
            "scratch. Received: weights='imagenet'. Leave it out."
        )
    for part, dataset in (("training", train_set), ("validation", val_set)):
        if not len(dataset):
            raise DataError(f"Expected at least one {part} image. Received: none.")


def _network(recipe, run, channels, source):
    """The recipe's network, with what it starts with unless a run gives that."""
    arguments = run.record["arguments"]
    classes = len(run.record["metadata"]["classes"])
    options = {"weights": None}
    if source is None and arguments["weights"] != "none":
        options["weights"] = arguments["weights"]
    if arguments["backbone"] is not None:
        options["backbone"] = arguments["backbone"]
    if finds_objects(recipe):
        classes -= 1  # without background
        options["size"] = tuple(arguments["image_size"])
    return recipe.network(classes, channels, **options)
