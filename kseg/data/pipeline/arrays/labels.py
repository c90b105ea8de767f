"""Batches of crops and label maps, as `kseg.data.make_pipeline` gives them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kseg.data.augment.arrays import Warp, change_pixels, draw_changes, strengths
from kseg.data.dataset import Dataset
from kseg.data.pipeline.arrays.batches import ArrayBatches
from kseg.data.pipeline.cache import CachedReader
from kseg.data.sides import SIDES


def label_batches(
    dataset: Dataset,
    *,
    size: tuple[int, int],
    batch_size: int,
    augmentation: Mapping[str, Any],
    target: str = "labels",
    border_width: float | None = None,
    weight_map: Mapping | None = None,
    seed: int = 0,
    start_epoch: int = 0,
    cache_mb: float = 1024,
) -> ArrayBatches:
    """Batches of training: what `kseg.data.make_pipeline` says, with other draws.

    Args:
        augmentation: Arguments of `kseg.data.Augment`, the others being off.
        dataset, size, batch_size, target, border_width, weight_map, seed, start_epoch,
            cache_mb: As there.

    Returns:
        uint8 (B, h, w, channels), uint8 (B, h, w) and, with ``weight_map``, float32
        (B, h, w).

    Raises:
        ValueError: An argument is out of range or does not fit the data set.
        DataError: From a batch: a file cannot be used; it is named.
    """
    augment = strengths(**augmentation)
    encode = SIDES[dataset.kind].make_encoder(target, border_width, weight_map)
    reader = CachedReader(dataset, cache_mb)

    def make(index: int, seed: np.ndarray) -> tuple[np.ndarray, ...]:
        generator = np.random.default_rng(seed)
        image, labels = reader.read(index)
        warp = Warp(generator, labels.shape, size, augment)
        changes = draw_changes(generator, augment)
        image = change_pixels(generator, warp.image(image), changes, augment)
        image = np.broadcast_to(image, (*size, dataset.channels))
        return image, *encode(warp.labels(labels))

    return ArrayBatches(make, len(dataset), batch_size, seed, start_epoch)
