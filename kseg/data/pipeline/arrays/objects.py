"""Batches of images with objects, as `kseg.data.make_object_pipeline` gives them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kseg.data.augment.arrays import change_pixels
from kseg.data.augment.objects import ObjectAugment
from kseg.data.dataset import Dataset
from kseg.data.pipeline.arrays.batches import ArrayBatches
from kseg.data.pipeline.cache import CachedReader
from kseg.data.pipeline.object_views import CHANGES, augmented
from kseg.data.pipeline.padded_objects import check_arguments, padder


def object_batches(
    dataset: Dataset,
    *,
    size: tuple[int, int],
    batch_size: int,
    augmentation: Mapping[str, Any],
    resize: str = "letterbox",
    magnification: float = 1.0,
    max_instances: int = 100,
    mask_size: int = 56,
    seed: int = 0,
    start_epoch: int = 0,
    cache_mb: float = 1024,
) -> ArrayBatches:
    """Batches of training: what `kseg.data.make_object_pipeline` says.

    Order, views and objects are those of there; the noise is drawn otherwise.

    Args:
        augmentation: Arguments of `kseg.data.ObjectAugment`, the others being off.
        dataset, size, batch_size, resize, magnification, max_instances, mask_size,
            seed, start_epoch, cache_mb: As there.

    Returns:
        uint8 (B, H, W, channels) and a dict of padded objects.

    Raises:
        ValueError: An argument is out of range, or the data set holds label maps.
        DataError: There are no images; from a batch: a file cannot be used.
    """
    given = size, batch_size, resize, magnification, max_instances, mask_size
    check_arguments(dataset, *given)
    augment = ObjectAugment.off(**augmentation)
    reader = CachedReader(dataset, cache_mb, objects=True)
    base = magnification if resize == "tile" else None
    see = augmented(reader, len(dataset), augment, size, base)
    pad = padder(max_instances, mask_size)

    def make(index: int, seed: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        seen = see(index, seed)
        generator = np.random.default_rng((*seed, 4))
        changes = dict(zip(CHANGES, seen.changes, strict=True))
        changed = change_pixels(generator, seen.image, changes, augment.get_config())
        (top, left), (height, width) = seen.offset, changed.shape[:2]
        image = np.zeros((*size, dataset.channels), np.uint8)
        image[top : top + height, left : left + width] = changed
        boxes, classes, masks = pad(seen.parts)
        return image, {"boxes": boxes, "classes": classes, "masks": masks}

    return ArrayBatches(make, len(dataset), batch_size, seed, start_epoch)
