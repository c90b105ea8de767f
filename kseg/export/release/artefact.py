"""What a script of export/ says of its artefact, and the images it is made from."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Artefact(NamedTuple):
    """What a script of export/ says about its artefact.

    Attributes:
        name: Of the network in its bundles, and of their files; the script's, with
            hyphens.
        recipe: A name of `kseg.recipes.RECIPES`.
        data: What the commands of the table call the data folder.
        splits: Of the data: images to train on, to validate on, and to score.
        scores: The names, among what `kseg evaluate` prints, of those in the table.
        training: Arguments of `kseg.train.loop.train`, the recipe's own left out.
        sample: Whether the images that come with kseg will do where no folder is given.
    """

    name: str
    recipe: str
    data: str
    splits: tuple[str, str, str]
    scores: tuple[str, ...]
    training: Mapping[str, Any]
    sample: bool = False


class Images(NamedTuple):
    """What an artefact is made from.

    Attributes:
        train: A `kseg.data.Dataset` to train on and to calibrate with.
        val: One to choose the epoch by, and to compare each file with Keras on.
        scored: One for the scores of the table.
        source: Where they came from, as a run records it.
        option: With which the script takes them, such as `` --data DSB2018``; empty for
            those that come with kseg.
    """

    train: Any
    val: Any
    scored: Any
    source: dict[str, Any]
    option: str
