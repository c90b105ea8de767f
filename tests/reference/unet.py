"""Figure 1 of Ronneberger et al. 2015 in NumPy, written from the figure alone."""

import numpy as np

from tests.reference.ops import up_conv_2x2


def unet(image, weights, depth):
    """The paper's network (valid padding, no dropout) on one batch of images.

    Args:
        image: (B, H, W, C) float64, 0..255.
        weights: kernel, bias, kernel, bias, ... from the first convolution to the last.
        depth: Number of poolings.

    Returns:
        Logits (B, H', W', K).
    """
    weights = iter(weights)

    def conv_relu(x):
        return np.maximum(conv(x, next(weights), next(weights)), 0)

    x = image / 255
    skips = []
    for _ in range(depth):
        x = conv_relu(conv_relu(x))
        skips.append(x)
        x = np.maximum.reduce([x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)])
    x = conv_relu(conv_relu(x))
    for skip in reversed(skips):
        x = np.maximum(up_conv_2x2(x, next(weights), next(weights)), 0)
        x = np.concatenate([x, centre(skip, *x.shape[1:3])], axis=-1)
        x = conv_relu(conv_relu(x))
    return conv(x, next(weights), next(weights))


def conv(x, kernel, bias):
    """Valid cross-correlation: the sum over the kernel's cells of shifted images."""
    rows, columns = kernel.shape[:2]
    height, width = x.shape[1] - rows + 1, x.shape[2] - columns + 1
    return bias + sum(
        x[:, r : r + height, s : s + width] @ kernel[r, s]
        for r in range(rows)
        for s in range(columns)
    )


def centre(x, height, width):
    """The centre of ``x``, of the given size."""
    top, left = (x.shape[1] - height) // 2, (x.shape[2] - width) // 2
    return x[:, top : top + height, left : left + width]
