"""Epochs of batches for ``model.fit``, made ahead in threads."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy as np

from kseg.data.pipeline.epochs import epoch_order


class ArrayBatches(keras.utils.PyDataset):
    """An epoch of training: something of each image, drawn from (seed, epoch).

    Batches are made ahead by threads of its own: those of ``PyDataset`` keep what they
    made too much, such as the batch that ``fit`` builds a network with, for the next
    epoch, and a resumed training would not see what an uninterrupted one sees. `start`
    is to be called before each epoch.

    Args:
        make: From an image's index and a seed, two numbers of 0 or more, to an element:
            arrays in tuples and dicts.
        images: How many there are.
        batch_size: Elements in a batch; the last one is filled from another
            permutation.
        seed: The same seed gives the same batches.
        start_epoch: Counted from 0.
        workers: Threads; twice as many batches are made ahead.
    """

    def __init__(
        self,
        make: Callable[[int, np.ndarray], Any],
        images: int,
        batch_size: int,
        seed: int = 0,
        start_epoch: int = 0,
        workers: int = 2,
    ):
        super().__init__()
        self._make = make
        self._images = images
        self._batch_size = batch_size
        self._seed = seed
        self._pool = ThreadPoolExecutor(workers)
        self._ahead = 2 * workers
        self.start(start_epoch)

    def start(self, epoch: int) -> None:
        """Draw the order of an epoch, counted from 0."""
        order = epoch_order(self._images, self._batch_size, self._seed, epoch)
        batches = -1, self._batch_size
        self._order = order[0].reshape(batches)
        self._seeds = order[1].astype(np.uint32).reshape(*batches, 2)
        self._made: dict[int, Future] = {}

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, batch: int) -> Any:
        """The elements of a batch, each array with one axis more in front."""
        for i in range(batch, min(batch + self._ahead, len(self))):
            if i not in self._made:
                self._made[i] = self._pool.submit(
                    self._batch, self._order[i], self._seeds[i]
                )
        return self._made.pop(batch).result()

    def _batch(self, order, seeds) -> Any:
        pairs = zip(order, seeds, strict=True)
        elements = [self._make(int(index), seed) for index, seed in pairs]
        return keras.tree.map_structure(lambda *arrays: np.stack(arrays), *elements)
