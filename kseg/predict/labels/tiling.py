"""The overlap-tile strategy: images of any size through a network of one size.

Legend, per axis: t tile (input pixels of the network), o its output pixels, f the
offset of the output inside the tile, s the network's stride, m the margin: the
pixels next to a tile's edge whose context is not trusted.

The image is continued by mirroring, the edge pixel not repeated. Tiles start at
multiples of s from one another, counted from the image's own corner, so pooling cells
fall on the same pixels whatever the tile size. With m at least the receptive margin
of the network, each kept pixel sees only true (or mirrored) pixels, and the result is
the same for every tile size. A network with valid convolutions loses its receptive
margin by itself: it needs no other.

Reference: U-Net (Ronneberger, Fischer, Brox; MICCAI 2015), section 2, Figure 2.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Geometry:
    """What tiling needs to know of a network; each pair is (vertical, horizontal).

    Args:
        tile: Input size in pixels.
        output: Output size in pixels; smaller than ``tile`` with valid convolutions.
        offset: Where the output starts inside the tile, in pixels.
        stride: The largest down-sampling factor, in pixels.
        margin: Pixels not trusted next to a tile's edge, where none is asked for.
    """

    tile: tuple[int, int]
    output: tuple[int, int]
    offset: tuple[int, int] = (0, 0)
    stride: int = 1
    margin: int = 0


def plan(
    size: int, tile: int, output: int, offset: int, margin: int | None, stride: int
) -> list[tuple[int, int, int]]:
    """Where the tiles of one axis start, and which pixels each of them decides.

    As few tiles as the margin allows, spread evenly: context to spare goes to both
    sides of every tile.

    Args:
        size: Pixels of the image along this axis, at least 1.
        tile, output, offset, stride: Of the network, see ``Geometry``.
        margin: Pixels next to a tile's edge that are not trusted, at least 0. None
            is 0: right where the image fits the output.

    Returns:
        (start, keep_start, keep_stop) of each tile, in image pixels: the tile covers
        [start, start + tile), outside of [0, size) mirrored; the kept ranges follow
        one another and cover [0, size) exactly.

    Raises:
        ValueError: The margin leaves no whole stride of a tile to keep.
    """
    margin = margin or 0
    # Rounded up to strides from the offset: the phase of the pooling cells depends
    # on the network alone, and not on the margin.
    lead = offset + -(-max(0, margin - offset) // stride) * stride
    usable = min(offset + output, tile - margin) - lead
    fits = size <= usable
    if not fits and usable < stride:
        raise ValueError(
            f"The margin must leave at least {stride} pixels (the stride) of each "
            f"tile to keep. Received: margin={margin}, tile={tile}, output={output}. "
            "Use a smaller margin or larger tiles."
        )
    count = 1 if fits else -(-size // (usable // stride * stride))
    step = -(-size // (count * stride)) * stride
    lead += max(0, usable - min(step, size)) // 2 // stride * stride
    starts = range(0, size, step)
    return [(start - lead, start, min(start + step, size)) for start in starts]


def reflect(start: int, stop: int, size: int) -> np.ndarray:
    """Indices in [0, size) of the positions [start, stop) of a mirrored axis.

    ``size`` 3 continues as ... 1 2 1 [0 1 2] 1 0 1 2 ...: the edge is not repeated,
    and reflection goes on where the image is smaller than the pad.

    Args:
        start, stop: Positions, which may lie outside of the axis on both sides.
        size: Length of the axis, at least 1.

    Returns:
        (stop - start,) int64.
    """
    if size == 1:
        return np.zeros(stop - start, np.int64)
    position = np.arange(start, stop) % (2 * size - 2)
    return np.minimum(position, 2 * size - 2 - position)


def predict_tiles(
    image: np.ndarray,
    network: Callable[[np.ndarray], np.ndarray],
    geometry: Geometry,
    *,
    margin: int | None = None,
    batch: int = 1,
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Run a network over an image tile by tile, in memory that does not grow with it.

    Args:
        image: (H, W, C), any dtype; may be a memory map.
        network: (N, t, t', C) to (N, o, o', ...), N at most ``batch``.
        geometry: The network's sizes.
        margin: Pixels not trusted next to a tile's edge, mirrored outside of the
            image. None is the network's own (``geometry.margin``), and none at all
            along an axis on which the image fits the output: it is run once.
        batch: Tiles per call.

    Yields:
        (rows, columns, output): the part of the image, as slices, that ``output`` of
        shape (rows, columns, ...) decides. The parts cover the image once.

    Raises:
        ValueError: The image is empty or the margin does not fit.
    """
    if image.ndim != 3 or 0 in image.shape:
        raise ValueError(
            "An image must be (height, width, channels) with at least one pixel. "
            f"Received: shape={image.shape}."
        )
    if batch < 1:
        raise ValueError(f"batch must be at least 1. Received: batch={batch}.")
    axes = [_plan_axis(image.shape[axis], geometry, axis, margin) for axis in (0, 1)]
    places = list(product(*axes))
    for first in range(0, len(places), batch):
        group = places[first : first + batch]
        tiles = np.stack([_cut(image, place, geometry.tile) for place in group])
        for place, output in zip(group, network(tiles), strict=True):
            yield _kept(place, output, geometry.offset)


def _plan_axis(size, geometry, axis, margin):
    output = geometry.output[axis]
    if margin is not None and margin < 0:
        raise ValueError(f"margin must be at least 0 pixels. Received: {margin}.")
    if margin is None and size > output:
        margin = geometry.margin
    return plan(
        size,
        geometry.tile[axis],
        output,
        geometry.offset[axis],
        margin,
        geometry.stride,
    )


def _cut(image, place, tile):
    """The mirrored pixels of one tile; only its own part of the image is read."""
    (top, *_), (left, *_) = place
    height, width = image.shape[:2]
    inside = top >= 0 and left >= 0
    if inside and top + tile[0] <= height and left + tile[1] <= width:
        return image[top : top + tile[0], left : left + tile[1]]
    rows = reflect(top, top + tile[0], height)
    columns = reflect(left, left + tile[1], width)
    return image[rows[:, None], columns]


def _kept(place, output, offset):
    slices, inner = [], []
    for (start, keep_start, keep_stop), shift in zip(place, offset, strict=True):
        slices.append(slice(keep_start, keep_stop))
        inner.append(slice(keep_start - start - shift, keep_stop - start - shift))
    return *slices, output[tuple(inner)]
