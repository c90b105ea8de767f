"""The options of a training, spelled once.

From the fields of `Options` come the options of ``kseg train``, the keyword arguments
of `kseg.train.train`, the ``arguments`` in the record of a run, and the table in
docs/training.md.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any


def _option(help: str, default: Any = None, **more: str) -> Any:
    """A field with its help, and, where they are not its name, flag and record key."""
    return field(default=default, metadata={"help": help, **more})


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to train, where a recipe's own choices are not wanted.

    Raises:
        ValueError: A number is not above 0, or both epochs and minutes are given.
    """

    epochs: int | None = _option("Passes over the training images; the recipe's.")
    minutes: float | None = _option("Train by the clock instead of by epochs.")
    image_size: tuple[int, int] | None = _option(
        "Crops to train on, in pixels; the recipe's.", metavar="H W"
    )
    batch_size: int | None = _option("Crops a step; the recipe's.")
    learning_rate: float | None = _option(
        "Peak of the schedule; the recipe's.", flag="--lr"
    )
    weights_from: str | None = _option(
        "Start with the weights of this run or .keras file; other classes may be.",
        flag="--from",
        key="from",
    )
    backbone: str | None = _option(
        "In place of the recipe's, where it has one: see `kseg models`."
    )
    weights: str | None = _option(
        "To start with: imagenet (of the backbone) or none; the recipe's choice."
    )
    mixed_precision: bool = _option(
        "float16 on a GPU, else bfloat16: faster where the machine has it.", False
    )
    seed: int = _option("Of weights, order and augmentation.", 0)
    deterministic: bool = _option(
        "Repeat a training bit by bit, at some cost in time.", False
    )

    def __post_init__(self):
        if self.epochs is not None and self.minutes is not None:
            raise ValueError(
                "Expected epochs or minutes, not both. Received: "
                f"epochs={self.epochs}, minutes={self.minutes}."
            )
        for name in ("epochs", "minutes", "batch_size", "learning_rate"):
            value = getattr(self, name)
            # A 0 is a mistake to report, and not the wish for the recipe's own.
            if value is not None and value <= 0:
                raise ValueError(f"Expected {name} above 0. Received: {name}={value}.")

    def of(self, recipe) -> "Options":
        """These, with the recipe's own choices where none are made."""
        own: dict[str, Any] = {
            name: getattr(recipe, name)
            for name in ("image_size", "batch_size", "learning_rate", "backbone")
        }
        own["weights"] = recipe.weights or "none"
        own["epochs"] = recipe.epochs if self.minutes is None else None
        missing = {k: v for k, v in own.items() if getattr(self, k) is None}
        return replace(self, **missing)

    def arguments(self) -> dict[str, Any]:
        """As the record of a run has them."""
        values = {_key(f): getattr(self, f.name) for f in fields(self)}
        values["from"] = values["from"] and str(values["from"])
        return values


def completed(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a record, with what an older kseg had no option for."""
    return {**{_key(f): f.default for f in fields(Options)}, **arguments}


def flag(option: Field) -> str:
    """What it is on the command line."""
    return option.metadata.get("flag", "--" + option.name.replace("_", "-"))


def takes_options(
    annotation: Callable[[Field], Any] = lambda option: option.type,
) -> Callable[[Callable], Callable]:
    """A decorator: a function's ``**options`` are the fields of `Options`, by name.

    Args:
        annotation: Of the parameter for a field.
    """

    def decorate(function: Callable) -> Callable:
        signature = inspect.signature(function)
        *own, _ = signature.parameters.values()
        options = [
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=option.default,
                annotation=annotation(option),
            )
            for option in fields(Options)
        ]
        function.__signature__ = signature.replace(parameters=[*own, *options])
        return function

    return decorate


def _key(option: Field) -> str:
    return option.metadata.get("key", option.name)
