"""Naive NumPy oracles of pooling with indices: loops over windows, one at a time."""

import numpy as np

POSITIONS = ((0, 0), (0, 1), (1, 0), (1, 1))


def max_pool_with_indices(x):
    """Look at the pixels of each window in order; only a larger one takes over."""
    batch, height, width, channels = x.shape
    pooled = np.zeros((batch, -(-height // 2), -(-width // 2), channels), x.dtype)
    indices = np.zeros_like(pooled)
    for b, i, j, c in np.ndindex(pooled.shape):
        pooled[b, i, j, c] = x[b, 2 * i, 2 * j, c]
        for k, (r, s) in enumerate(POSITIONS):
            inside = 2 * i + r < height and 2 * j + s < width
            if inside and x[b, 2 * i + r, 2 * j + s, c] > pooled[b, i, j, c]:
                pooled[b, i, j, c] = x[b, 2 * i + r, 2 * j + s, c]
                indices[b, i, j, c] = k
    return pooled, indices


def max_unpool(x, indices, size):
    """Each value to its own pixel of a map of zeros."""
    y = np.zeros((len(x), *size, x.shape[-1]), x.dtype)
    for b, i, j, c in np.ndindex(x.shape):
        r, s = POSITIONS[int(indices[b, i, j, c])]
        y[b, 2 * i + r, 2 * j + s, c] = x[b, i, j, c]
    return y


def gather(y, indices):
    """What ``max_unpool`` put there, taken back: its gradient."""
    x = np.zeros(indices.shape, y.dtype)
    for b, i, j, c in np.ndindex(x.shape):
        r, s = POSITIONS[int(indices[b, i, j, c])]
        x[b, i, j, c] = y[b, 2 * i + r, 2 * j + s, c]
    return x


def pack_indices(indices):
    """Bit by bit."""
    batch, height, width, channels = indices.shape
    packed = np.zeros((batch, height, width, -(-channels // 4)), np.uint8)
    for b, i, j, c in np.ndindex(indices.shape):
        packed[b, i, j, c // 4] |= int(indices[b, i, j, c]) << 2 * (c % 4)
    return packed
