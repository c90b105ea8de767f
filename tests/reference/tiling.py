"""Tiling, the long way: the mirrored image is built whole, pixel by pixel."""

import numpy as np


def mirror(position, size):
    """Walk to ``position`` from 0, turning round at both ends."""
    if size == 1:
        return 0
    index, step = 0, 1 if position > 0 else -1
    for _ in range(abs(position)):
        if not 0 <= index + step < size:
            step = -step
        index += step
    return index


def pad(image, before, after):
    """Continue an image by mirroring, ``before`` and ``after`` pixels on each axis."""
    height, width = image.shape[:2]
    rows = [mirror(y, height) for y in range(-before, height + after)]
    columns = [mirror(x, width) for x in range(-before, width + after)]
    return np.array([[image[y, x] for x in columns] for y in rows])


def whole(image, network, reach, stride):
    """A network of the mirrored image at once, in one piece.

    ``network`` maps (N, h, w, C) to (N, h, w); the pad is ``reach`` rounded up to
    strides, so that its pooling cells start at the image's corner.
    """
    before = -(-reach // stride) * stride
    height, width = image.shape[:2]
    after = before + stride
    padded = pad(image, before, after)
    padded = padded[
        : padded.shape[0] // stride * stride, : padded.shape[1] // stride * stride
    ]
    return network(padded[None])[0][before : before + height, before : before + width]
