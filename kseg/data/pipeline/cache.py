"""Decoded images in memory, up to a budget; what does not fit is read again."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kseg.data.dataset import Dataset, Item
from kseg.data.objects import Objects
from kseg.data.sides import SIDES

Pair = tuple[np.ndarray, np.ndarray | Objects]


class CachedReader:
    """Read images and their targets or objects, keeping the first that fit in memory.

    An image whose channels are all equal is kept, and returned, as one channel: gray
    images take a third of the memory, and of the work of augmentation.

    Args:
        dataset: Where images and targets come from.
        megabytes: Budget in MB (10^6 bytes); 0 keeps nothing.
        objects: Read ``dataset.objects`` in place of ``dataset.target``.

    Raises:
        ValueError: The budget is negative.
    """

    def __init__(self, dataset: Dataset, megabytes: float, objects: bool = False):
        if megabytes < 0:
            raise ValueError(
                "cache_mb must be 0 (no cache) or a number of megabytes. "
                f"Received: cache_mb={megabytes}"
            )
        self._dataset = dataset
        self._free = int(megabytes * 1e6)
        self._objects = objects
        self._kept: dict[Item, Pair] = {}
        self._lock = threading.Lock()
        self._target_type = SIDES[dataset.kind].TARGET_TYPE

    def read(self, index: int) -> Pair:
        """One image and its target or objects; several threads may ask at once.

        Args:
            index: 0 to ``len(dataset) - 1``.

        Returns:
            uint8 ``(H, W, C)`` or, if all channels are equal, ``(H, W, 1)``; and
            ``(H, W)``, uint8 labels or int32 ids, or the ``Objects``.

        Raises:
            DataError: A file cannot be used; names it.
        """
        index = int(index)
        # By item, because a data set may hold one several times.
        item = self._dataset.items[index]
        pair = self._kept.get(item)
        if pair is None:
            pair = self._image(index), self._truth(index)
            self._keep(item, pair)
        if self._objects:
            return pair
        return pair[0], pair[1].astype(self._target_type, copy=False)

    def sizes(self) -> list[tuple[int, int]]:
        """Height and width of every image: reads them all, several at a time.

        Raises:
            DataError: A file cannot be used; names it.
        """
        with ThreadPoolExecutor() as threads:
            pairs = threads.map(self.read, range(len(self._dataset)))
            return [image.shape[:2] for image, _ in pairs]

    def _image(self, index: int) -> np.ndarray:
        image = self._dataset.image(index)
        if (image == image[..., :1]).all():
            image = np.ascontiguousarray(image[..., :1])
        return image

    def _truth(self, index: int) -> np.ndarray | Objects:
        if self._objects:
            return self._dataset.objects(index)
        target = self._dataset.target(index)
        # Few images have more objects than 8 or 16 bits count.
        return target.astype(np.min_scalar_type(int(target.max())))

    def _keep(self, item: Item, pair: Pair) -> None:
        size = pair[0].nbytes + pair[1].nbytes
        with self._lock:
            if item not in self._kept and size <= self._free:
                self._free -= size
                self._kept[item] = pair
