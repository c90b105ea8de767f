"""Whole images as tiles of one size that score every pixel exactly once.

Shapes: ``H, W`` the image, ``h, w`` a tile, ``p, q`` its output, the same or, for
networks with valid convolutions, the smaller centre; ``n`` tiles.
"""

import tensorflow as tf


def count_tiles(image_size: tuple[int, int], output_size: tuple[int, int]) -> int:
    """How many tiles ``cut_tiles`` makes of an image of some height and width."""
    height, width = image_size
    return -(-height // output_size[0]) * -(-width // output_size[1])


def cut_tiles(
    image: tf.Tensor,
    maps: list[tuple[tf.Tensor, float]],
    size: tuple[int, int],
    output_size: tuple[int, int],
) -> tuple[tf.Tensor, ...]:
    """Cut an image and its maps into tiles whose outputs cover it.

    Outputs follow each other from the top left; the last along each axis is moved back
    to end with the image, and what it repeats is blanked in its maps. Beyond its edges
    the image is mirrored, without repeating the edge.

    Args:
        image: ``(H, W, C)``, H and W at least 1.
        maps: ``(H, W)`` maps, each with what to put where a pixel has its say in
            another tile or lies outside the image.
        size: h and w, what a network takes.
        output_size: p and q, what it returns.

    Returns:
        ``(n, h, w, C)`` of the image's type, and ``(n, p, q)`` of each map's.
    """
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    rows, row_output, row_counts = _axis(height, size[0], output_size[0])
    columns, column_output, column_counts = _axis(width, size[1], output_size[1])
    counts = row_counts[:, None, :, None] & column_counts[None, :, None, :]
    tiles = [_gather(image, rows, columns)]
    for values, blank in maps:
        cut = _gather(values, row_output, column_output)
        mask = tf.reshape(counts, (-1, *output_size))
        tiles.append(tf.where(mask, cut, tf.cast(blank, values.dtype)))
    return tuple(tiles)


def _axis(length: tf.Tensor, size: int, output: int) -> tuple[tf.Tensor, ...]:
    """Of each tile along one axis: input and output indices, which outputs count."""
    nominal = tf.range(0, length, output)[:, None]
    start = tf.minimum(nominal, tf.maximum(length - output, 0))
    place = start + tf.range(output)
    margin = (size - output) // 2
    inputs = _mirror(start - margin + tf.range(size), length - 1)
    counts = (place >= nominal) & (place < length)
    return inputs, _mirror(place, length - 1), counts


def _mirror(index: tf.Tensor, last: tf.Tensor) -> tf.Tensor:
    """Indices folded into 0..last by reflection at both ends."""
    phase = tf.math.floormod(index, tf.maximum(2 * last, 1))
    return last - tf.abs(phase - last)


def _gather(values: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """``values[rows[i], columns[j]]`` for all pairs of tiles ``(i, j)``, flattened."""
    cut = tf.gather(tf.gather(values, rows), columns, axis=2)  # (ny, h, nx, w, ...)
    order = [0, 2, 1, 3, *range(4, values.shape.rank + 2)]
    cut = tf.transpose(cut, order)
    return tf.reshape(cut, tf.concat([[-1], tf.shape(cut)[2:]], axis=0))
