"""Data sets as a network is to see them, and where a run's images came from."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kseg import recipes
from kseg.data import Dataset, open_dataset
from kseg.data.match_classes import match_network
from kseg.errors import RunError
from kseg.imaging import Intensity
from kseg.train.run import Run
from kseg.train.sides import side_of, side_of_recipe


def open_for(recipe: str, folder: str | os.PathLike, split: str, **options) -> Dataset:
    """A data set of what a recipe learns.

    Args:
        recipe: A name of `kseg.recipes.RECIPES`.
        folder: The images.
        split: Which of them.
        **options: Of `kseg.data.open_dataset`.
    """
    kind = side_of_recipe(recipes.get(recipe)).KIND
    return open_dataset(folder, kind=kind, split=split, **options)


def open_like(
    metadata: Mapping[str, Any],
    folder: str | os.PathLike,
    format: str | None,
    split: str,
) -> Dataset:
    """A data set as the network that is to see it was trained: channels, rule, classes.

    Args:
        metadata: Of the network.
        folder: The images.
        format: As `kseg.data.open_dataset` takes it.
        split: Which of them.

    Raises:
        DataError: The folder cannot be used so.
        ValueError: The images have other classes than the network.
    """
    taken = metadata["input"]
    dataset = open_dataset(
        folder,
        format=format,
        kind=side_of(metadata).KIND,
        split=split,
        channels=taken["channels"],
        intensity=Intensity.from_dict(taken.get("intensity") or {}),
    )
    return match_network(dataset, metadata)


def source(
    folder: str | os.PathLike, format: str | None, splits: Sequence[str]
) -> dict[str, Any]:
    """Where images came from, as a run records it: `images_of_run` opens them again.

    Args:
        folder: The folder.
        format: As `kseg.data.open_dataset` takes it.
        splits: Of the images to train on, and of those to validate on.
    """
    return {
        "data": str(Path(folder).resolve()),
        "format": format,
        "train_split": splits[0],
        "val_split": splits[1],
    }


def images_of_run(
    run: str | os.PathLike,
    folder: str | os.PathLike | None = None,
    *,
    format: str | None = None,
    splits: tuple[str, str] = ("train", "val"),
) -> tuple[Dataset, Dataset]:
    """Images to calibrate with and images to check on, as a run's network sees them.

    Args:
        run: The run folder.
        folder: Other images than the run's own: with its classes, in its order.
        format: Of the folder.
        splits: Of the folder.

    Returns:
        Without a folder the images that the run was trained on, and those that it was
        validated on, less what it left out as bad.

    Raises:
        DataError: The images are not where they were, or cannot be read.
        RunError: The folder is not a run, or says nothing of its images.
        ValueError: The folder's images have other classes.
    """
    record = Run(run).record
    metadata, own = record["metadata"], record["arguments"]
    if folder:
        return tuple(open_like(metadata, folder, format, split) for split in splits)
    if "data" not in own:
        raise RunError(
            f"Expected a run that says where its images came from. Received: {run}, "
            "which was trained from Python without. Name a data folder: --calibrate."
        )
    return tuple(
        open_like(metadata, own["data"], own["format"], own[f"{part}_split"]).subset(
            record["split"][part]
        )
        for part in ("train", "val")
    )
