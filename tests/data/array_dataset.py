"""A data set in memory, with the interface of ``kseg.data.Dataset``."""

import numpy as np

from kseg.errors import DataError


def bad_message(index):
    """What TensorFlow must hand through: quotes, brackets, accents and two lines."""
    return f"noyaux [é]/'{index}.png': cannot be \"decoded\".\nRemove it \\o/ [it]."


class ArrayDataset:
    """Images and targets from lists; counts what is read; one of them may be bad."""

    ignore_label = 255

    def __init__(self, kind, images, targets, channels=3, bad=None):
        self.kind, self.channels = kind, channels
        self._images, self._targets, self._bad = images, targets, bad
        self.items = range(len(images))  # all that the cache asks of them: to differ
        self.reads = []

    def __len__(self):
        return len(self._images)

    def image(self, index):
        self.reads.append(index)
        if index == self._bad:
            raise DataError(bad_message(index))
        return self._images[index]

    def target(self, index):
        return self._targets[index]


def random_dataset(kind="instances", count=7, channels=3, grey=False, **options):
    """Images of several sizes; ids in blocks of 6, and in the first channel too."""
    rng = np.random.default_rng(0)
    images, targets = [], []
    for i in range(count):
        shape = (20 + 3 * i, 48 - 4 * i)
        cells = rng.integers(0, 9, [-(-n // 6) for n in shape])
        ids = np.kron(cells, np.ones((6, 6), int))[: shape[0], : shape[1]]
        image = rng.integers(0, 256, (*shape, channels), np.uint8)
        image[..., 0] = ids * 25
        if grey:
            image[:] = image[..., :1]
        images.append(image)
        targets.append(ids.astype(np.int32 if kind == "instances" else np.uint8))
    return ArrayDataset(kind, images, targets, channels, **options)
