"""Tiles that cover an image, inside of it, for networks that give objects."""

from itertools import product

import numpy as np

from kseg.imaging import resize
from kseg.imaging.resizing import magnified_size

Tile = tuple[int, int, int, int]


def cover(shape: tuple[int, int], size: tuple[int, int], margin: int) -> list[Tile]:
    """The tiles that cover an image.

    Args:
        shape: (H, W) of the image.
        size: (h, w) of a tile.
        margin: Neighbours share twice as many pixels, or more.

    Returns:
        (y1, x1, y2, x2) of each in the image, row by row; where the image is smaller
        than a tile, only as far as it goes.
    """
    axes = [
        [(start, min(start + tile, n)) for start in tile_starts(n, tile, 2 * margin)]
        for n, tile in zip(shape, size, strict=True)
    ]
    return [(y1, x1, y2, x2) for (y1, y2), (x1, x2) in product(*axes)]


def cut(
    image: np.ndarray, tile: Tile, own: tuple[int, int], size: tuple[int, int]
) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A tile of an image as a network sees it; 0 below and right of a smaller one.

    Args:
        image: (H, W, C) uint8.
        tile: One of `cover`.
        own: (h, w) of a tile in pixels of the image.
        size: (H', W') to which that is magnified.

    Returns:
        (H', W', C) uint8, and (0, 0, height, width) of the part that shows the image.
    """
    y1, x1, y2, x2 = tile
    inner = magnified_size((y2 - y1, x2 - x1), own, size)
    pixels = np.zeros((*size, image.shape[2]), np.uint8)
    shown = image[y1:y2, x1:x2]
    same = shown.shape[:2] == inner
    pixels[: inner[0], : inner[1]] = shown if same else resize(shown, inner)
    return pixels, (0, 0, *inner)


def tile_starts(size: int, tile: int, overlap: int) -> list[int]:
    """Where the tiles of one axis start: as few as cover it, spread evenly.

    Args:
        size: Pixels of the image.
        tile: Pixels of a tile.
        overlap: Pixels that neighbours share at least; 0 to ``tile - 1``.

    Returns:
        Rising; [0] where the image fits one tile.

    Example:
        >>> tile_starts(20, 10, 4)
        [0, 5, 10]
    """
    if size <= tile:
        return [0]
    steps = -(-(size - tile) // (tile - overlap))
    return [(size - tile) * i // steps for i in range(steps + 1)]
