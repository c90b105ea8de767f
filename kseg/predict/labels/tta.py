"""Test-time augmentation: the mean over flips and quarter turns of each tile.

Reference: U-Net (Ronneberger, Fischer, Brox; MICCAI 2015), section 4, averages seven
rotated versions of the input; here it is the eight exact symmetries of the grid.
"""

from collections.abc import Callable

import numpy as np


def average(
    network: Callable[[np.ndarray], np.ndarray],
    tiles: np.ndarray,
    num_classes: int,
    turns: bool = True,
) -> np.ndarray:
    """Mean result of a network over the symmetries of its tiles.

    Square tiles are turned and flipped (8 views). Others are flipped only (4 views:
    themselves, both flips, half a turn), because a turned one would not fit a network
    of fixed size. Working tile by tile, memory does not grow with the image.

    Args:
        network: Tiles (N, t, t', C) to logits (N, o, o', K) or to uint8 label maps
            (N, o, o').
        tiles: (N, t, t', C).
        num_classes: K.
        turns: Whether up may become down; else a tile is flipped left to right only.

    Returns:
        (N, o, o', K) float32: the mean of the probabilities; of a network that gives
        label maps the share of votes, so that the largest is the majority (between
        classes with equal votes, argmax takes the lowest id).

    Raises:
        ValueError: The network's output is not centred in its tile, as where an odd
            number of pixels is lost: flipped views would not lie on one another.
    """
    square = tiles.shape[1] == tiles.shape[2]
    quarters = (0,) if not turns else range(4) if square else (0, 2)
    total = 0.0
    for turn in quarters:
        for flip in (False, True):
            view = np.rot90(tiles, turn, axes=(1, 2))
            view = view[:, :, ::-1] if flip else view
            result = network(np.ascontiguousarray(view))
            _check_centred(view.shape, result.shape)
            result = probabilities_of(result, num_classes)
            result = result[:, :, ::-1] if flip else result
            total = total + np.rot90(result, -turn, axes=(1, 2))
    return total / np.float32(2 * len(quarters))


def probabilities_of(result: np.ndarray, num_classes: int) -> np.ndarray:
    """Softmax of logits (..., K), or one-hot of label maps (...): (..., K) float32."""
    if result.dtype == np.uint8:
        return np.eye(num_classes, dtype=np.float32)[result]
    # The largest exponent is 0, so that no logit overflows.
    result = np.asarray(result, np.float32)
    result = np.exp(result - result.max(axis=-1, keepdims=True))
    return result / result.sum(axis=-1, keepdims=True)


def _check_centred(tile, output):
    lost = (tile[1] - output[1], tile[2] - output[2])
    if any(pixels % 2 for pixels in lost):
        raise ValueError(
            "Test-time flips need an output centred in its tile, so an even number "
            f"of lost pixels. Received: {lost} (rows, columns). Predict without tta."
        )
