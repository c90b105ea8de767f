"""What a training starts with: the record of its run, its network and its state."""

from collections.abc import Callable, Mapping
from typing import Any

import keras

from kseg import callbacks, recipes
from kseg.checkpoints.weights import take_weights
from kseg.data import Dataset
from kseg.data.match_classes import match_classes
from kseg.errors import DataError
from kseg.train.describe import describe
from kseg.train.optimizers import AdamW
from kseg.train.options import Options, takes_options
from kseg.train.recipe import Recipe
from kseg.train.run import Run
from kseg.train.run_files import read_network
from kseg.train.sides import side_for, side_of_recipe


def in_own_classes(recipe: Recipe, dataset: Dataset) -> Dataset:
    """A data set as a recipe's network learns from it: in classes of its own, if any.

    Raises:
        ValueError: The data set cannot be had in these classes.
    """
    if recipe.class_names is None:
        return dataset
    return match_classes(dataset, recipe.class_names)


@takes_options()
def make_record(
    recipe_name: str,
    train_set: Dataset,
    val_set: Dataset,
    *,
    data: Mapping[str, Any] | None = None,
    **options,
) -> dict[str, Any]:
    """The record of a run, with the recipe's values where none are given.

    Args:
        recipe_name: A name of `kseg.recipes.RECIPES`.
        train_set: Images to learn from.
        val_set: Images to score on.
        data: Where they came from, as `kseg.train.train` takes it.
        **options: Of `kseg.train.Options`.

    Returns:
        ``arguments``, ``split``, ``target`` (what `kseg.data.make_pipeline`, or for
        objects `make_object_pipeline`, makes of the masks) and ``metadata`` (what
        the network's bundles carry), all JSON.

    Raises:
        DataError: A data set is empty.
        ValueError: The recipe is unknown, or does not take an argument or such data.
    """
    chosen = Options(**options)
    recipe = recipes.get(recipe_name)
    train_set = in_own_classes(recipe, train_set)
    if chosen.backbone is not None and recipe.backbone is None:
        raise ValueError(
            f"Expected no backbone: {recipe_name} is the paper's own network. "
            f"Received: backbone={chosen.backbone!r}. Leave it out, or take a recipe "
            "that has one (`kseg models`)."
        )
    arguments = {
        "network": recipe_name,
        **(data or {}),
        "channels": train_set.channels,
        "intensity": train_set.intensity.to_dict(),
        **chosen.of(recipe).arguments(),
    }
    _check_arguments(arguments, recipe, train_set, val_set)
    return {
        "arguments": arguments,
        "split": {
            "train": [item.name for item in train_set.items],
            "val": [item.name for item in val_set.items],
        },
        "target": side_for(recipe, train_set).target(recipe, train_set),
        # Whose crops are drawn otherwise than those of another.
        "backend": keras.backend.backend(),
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
    recipe = recipes.get(run.record["arguments"]["network"])
    last = run.last()
    if last is not None:
        path, state, average = last
        say(f"Resuming {run.path} after epoch {state['epoch']}")
        model = read_network(path)
        callbacks.restore_seeds(model, state)
        _spare(model, recipe)
        return model, state, average
    model = _network(recipe, run, train_set.channels, source)
    if source is not None:
        for line in take_weights(model, source):
            say(line)
    loss = side_of_recipe(recipe).loss(recipe, train_set)
    model.compile(optimizer=recipe.optimizer(), loss=loss)
    state = {"epoch": 0, "seconds": 0.0, "best_score": -1.0, "history": []}
    return model, state, None


def _spare(model: keras.Model, recipe: Recipe) -> None:
    """Of older runs: the file of a plain AdamW does not say what it spared of decay."""
    old, new = model.optimizer, recipe.optimizer()
    inside = getattr(old, "inner_optimizer", old)  # of mixed precision
    if type(inside) is not keras.optimizers.AdamW or not isinstance(new, AdamW):
        return
    model.compile(optimizer=new, loss=model.loss)
    model.optimizer.build(model.trainable_variables)
    for variable, value in zip(model.optimizer.variables, old.variables, strict=True):
        variable.assign(value)


def _check_arguments(arguments, recipe, train_set, val_set) -> None:
    multiple = recipe.multiple
    for length in arguments["image_size"]:
        if length < multiple or length % multiple:
            below = max(multiple, length // multiple * multiple)
            raise ValueError(
                f"Expected an image size of multiples of {multiple}. Received: "
                f"{list(arguments['image_size'])}. Use {below} or {below + multiple}."
            )
    if arguments["weights"] == "imagenet" and recipe.weights is None:
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
    size = arguments["image_size"]
    return side_of_recipe(recipe).network(recipe, classes, channels, size, **options)
