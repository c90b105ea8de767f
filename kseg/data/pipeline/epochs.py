"""The order of training: which image comes when, from the seed alone."""

import numpy as np

from kseg.data.dataset import Dataset


def steps_per_epoch(dataset: Dataset, batch_size: int) -> int:
    """Batches in an epoch of training: ``ceil(images / batch_size)``."""
    return -(-len(dataset) // batch_size)


def epoch_order(
    images: int, batch_size: int, seed: int, epoch: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which images an epoch shows, in order, and the seed of each one's augmentation.

    A permutation drawn from (seed, epoch). To fill the last batch images are taken
    from further permutations, so none is shown twice before each is shown once.

    Args:
        images: How many there are, 1 or more.
        batch_size: Images in a batch.
        seed: 0 or more.
        epoch: 0 or more.

    Returns:
        int64 ``(n,)`` indices, n a multiple of the batch size; int32 ``(n, 2)`` seeds.
    """
    generator = np.random.default_rng((seed, epoch))
    length = -(-images // batch_size) * batch_size
    rounds = -(-length // images)
    order = np.concatenate([generator.permutation(images) for _ in range(rounds)])
    seeds = generator.integers(-(2**31), 2**31, (length, 2), np.int32)
    return order[:length], seeds
