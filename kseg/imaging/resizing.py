"""Resize uint8 images in integers only, the same to the bit in any language.

docs/numerics.md states the steps and golden values. Centres lie at half pixels.
Nothing is smoothed before shrinking, so shrinking to under half skips pixels.
"""

import numpy as np

BITS = 11
ONE = 1 << BITS  # the weight 1: 255 * ONE * ONE still fits 31 bits


def resize(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear, in fixed point; exact products, rounded once, halves up.

    ``out = (sum of the 4 pixels * wy * wx + 2^21) >> 22``, weights in 1/2048.

    Args:
        image: (H, W) or (H, W, C) uint8.
        size: Height and width of the result, in pixels.

    Returns:
        (height, width) or (height, width, C) uint8.

    Raises:
        ValueError: Another dtype, or a side that is not positive.
    """
    _check(image, size)
    if image.dtype != np.uint8:
        raise ValueError(
            f"Expected uint8 pixels. Received: dtype={image.dtype}. Apply an Intensity "
            "first."
        )
    y0, y1, fy = _linear(image.shape[0], size[0])
    x0, x1, fx = _linear(image.shape[1], size[1])
    fy = fy.reshape(-1, *[1] * (image.ndim - 1))
    fx = fx.reshape(-1, *[1] * (image.ndim - 2))
    rows = image[y0] * (ONE - fy) + image[y1] * fy
    summed = rows[:, x0] * (ONE - fx) + rows[:, x1] * fx
    return ((summed + (1 << (2 * BITS - 1))) >> (2 * BITS)).astype(np.uint8)


def resize_nearest(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The pixel that holds each centre: source ``floor((2 i + 1) * n / (2 * m))``.

    Args:
        labels: (H, W) or (H, W, C), any dtype.
        size: Height and width of the result, in pixels.

    Returns:
        (height, width) or (height, width, C), the same dtype.

    Raises:
        ValueError: A side that is not positive.
    """
    _check(labels, size)
    y, x = (
        (2 * np.arange(m) + 1) * n // (2 * m)
        for n, m in zip(labels.shape[:2], size, strict=True)
    )
    return labels[y][:, x]


def letterbox(
    image: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """Resize to fit inside ``size`` with the same proportions; the rest is 0.

    The longer side fills ``size``; the other is rounded, halves up, to at least 1.

    Args:
        image: (H, W) or (H, W, C) uint8.
        size: Height and width of the result, in pixels.

    Returns:
        The image, and where it lies in it: (top, left, height, width), so that source
        ``y = (y' - top) * H / height`` and ``x = (x' - left) * W / width``.

    Raises:
        ValueError: As ``resize``.
    """
    _check(image, size)
    (h, w), (height, width) = image.shape[:2], size
    if height * w <= width * h:
        inner = height, max(1, (2 * w * height + h) // (2 * h))
    else:
        inner = max(1, (2 * h * width + w) // (2 * w)), width
    top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
    out = np.zeros((height, width, *image.shape[2:]), np.uint8)
    out[top : top + inner[0], left : left + inner[1]] = resize(image, inner)
    return out, (top, left, *inner)


def magnified_size(
    shown: tuple[int, int], own: tuple[int, int], size: tuple[int, int]
) -> tuple[int, int]:
    """What part of a tile has become, where the tile was magnified, or shrunk.

    Args:
        shown: (h, w) of the part, in pixels.
        own: (h, w) of the tile.
        size: (H, W) of what it has become.

    Returns:
        (h', w'), each 1 at least.
    """
    height, width = (
        max(1, round(length * whole / part))
        for length, whole, part in zip(shown, size, own, strict=True)
    )
    return height, width


def _linear(n: int, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of m outputs: both source indices of n, and the second's weight."""
    i = np.arange(m, dtype=np.int64)
    above = np.maximum((2 * i + 1) * n - m, 0)  # 2m times the source coordinate
    position = np.minimum((above * ONE + m) // (2 * m), (n - 1) * ONE)
    first = position >> BITS
    second = np.minimum(first + 1, n - 1)
    return first, second, (position & (ONE - 1)).astype(np.int32)


def _check(image: np.ndarray, size: tuple[int, int]) -> None:
    if image.ndim not in (2, 3) or 0 in image.shape or min(size) < 1:
        raise ValueError(
            "Expected an image (H, W) or (H, W, C) with pixels, and a positive size. "
            f"Received: shape={image.shape}, size={tuple(size)}. Give at least 1 pixel."
        )
