"""Bilinear interpolation at any places of many maps: weights, and gathers of rows."""

from keras import ops

from kseg.ops.gather import gather_rows


def clamped_taps(at, length, beyond: float):
    """Neighbours and weights along one axis, the border repeated for ``beyond``.

    Args:
        at: (N, n) float, places as indices: 0 is the centre of the first value.
        length: Of the axis, an int or (N, 1) int32.
        beyond: What lies further than this outside the outermost centres counts 0, and
            so does what is no number.

    Returns:
        Two pairs of an index (N, n) int32 in [0, length) and its weight (N, n).
    """
    last = ops.cast(length, at.dtype) - 1
    inside = ops.logical_and(at >= -beyond, at <= last + beyond)
    # Without the selection a NaN would become an index.
    at = ops.where(inside, ops.minimum(ops.maximum(at, 0), last), 0)
    low = ops.floor(at)
    high = ops.minimum(low + 1, last)
    counts = ops.cast(inside, at.dtype)
    part = at - low
    return [
        (ops.cast(low, "int32"), counts * (1 - part)),
        (ops.cast(high, "int32"), counts * part),
    ]


def zero_taps(at, length: int):
    """Neighbours and weights along one axis, zeros beyond it.

    ``weight = max(0, 1 - |at - index|)`` for each index inside, differentiable in
    ``at``. Arguments and what is returned as in ``clamped_taps``.
    """
    low = ops.floor(at)
    part = at - low
    taps = []
    for index, weight in ((low, 1 - part), (low + 1, part)):
        inside = ops.logical_and(index >= 0, index <= length - 1)
        index = ops.cast(ops.where(inside, index, 0), "int32")
        taps.append((index, ops.where(inside, weight, 0)))
    return taps


def gather_bilinear(table, first, width, rows, columns):
    """Interpolate N grids of h x w places, each grid in a map of its own.

    Args:
        table: (sum of H*W, C), the pixels of all maps below each other.
        first: (N, 1) int32 or int, row of the table that holds the map's first pixel.
        width: (N, 1) int32 or int, of the map.
        rows: Taps of the grids' rows, (N, h).
        columns: Taps of the grids' columns, (N, w).

    Returns:
        (N, h, w, C) in the dtype of the weights.
    """
    total = 0
    for row, of_row in rows:
        line = (first + row * width)[:, :, None]
        for column, of_column in columns:
            pixels = gather_rows(table, line + column[:, None, :])
            weight = of_row[:, :, None] * of_column[:, None, :]
            total = total + ops.cast(pixels, weight.dtype) * weight[..., None]
    return total


def image_of_each(batch, count: int, factor: int):
    """``factor`` times the image of each of B*R regions: (B*R, 1) int32, or 0."""
    if isinstance(batch, int) and batch == 1:
        return 0
    images = ops.arange(batch, dtype="int32")[:, None]
    return ops.reshape(ops.repeat(images * factor, count, axis=1), (-1, 1))


def round_half_away(x):
    """To whole numbers, halves away from 0, as C's ``round``; Keras's goes to even."""
    return ops.sign(x) * ops.floor(ops.abs(x) + 0.5)
