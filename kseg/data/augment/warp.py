"""One sampling grid for an image and its labels: compose, mirror, gather.

Shapes: ``H, W`` the source, ``h, w`` the result, ``C`` channels. A grid holds, for each
pixel of the result, the row and the column to read in the source. Coordinates here are
pixel indices: the centre of the first pixel is at 0.
"""

import tensorflow as tf

# What one quarter turn, counter-clockwise, does to (row, column) offsets; exact, so
# that a turned crop copies pixels instead of interpolating between them.
_TURNS = ((1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0))


def linear_map(
    flip: tf.Tensor, turns: tf.Tensor, angle: tf.Tensor, scale: tf.Tensor
) -> tf.Tensor:
    """Matrix from offsets in the result to offsets in the source.

    The result is the source flipped left to right, turned by quarters, rotated
    (both counter-clockwise), then magnified: the matrix undoes these in reverse.

    Args:
        flip: Scalar bool.
        turns: Scalar int32, quarter turns 0 to 3.
        angle: Scalar float32, radians.
        scale: Scalar float32, magnification, over 0.

    Returns:
        float32 ``(2, 2)``, for (row, column) offsets from the centre.
    """
    mirror = tf.where(flip, tf.constant([[1.0], [-1.0]]), tf.constant([[1.0], [1.0]]))
    quarter = tf.reshape(tf.gather(tf.constant(_TURNS, tf.float32), turns), (2, 2))
    cosine, sine = tf.cos(angle), tf.sin(angle)
    rotation = tf.reshape(tf.stack([cosine, sine, -sine, cosine]), (2, 2))
    return mirror * tf.matmul(quarter, rotation) / scale


def compose_grid(
    matrix: tf.Tensor,
    centre: tf.Tensor,
    displacement: tf.Tensor | None,
    source_size: tf.Tensor,
    size: tuple[int, int],
) -> tf.Tensor:
    """The grid of ``source = centre + matrix (result - middle + displacement)``.

    The centre is moved by under half a pixel so that the result's first pixel reads a
    whole source pixel: where nothing scales, rotates or bends, pixels are copied.
    Beyond its edges the source is mirrored, without repeating the edge.

    Args:
        matrix: float32 ``(2, 2)``, from ``linear_map``.
        centre: float32 ``(2,)``, the source coordinates of the result's middle.
        displacement: float32 ``(2, h, w)`` in pixels of the result, or None.
        source_size: int32 ``(2,)``, H and W.
        size: h and w.

    Returns:
        float32 ``(2, h, w)``, rows in 0..H-1 and columns in 0..W-1.
    """
    middle = [(size[0] - 1) / 2, (size[1] - 1) / 2]
    first = centre - tf.linalg.matvec(matrix, middle)
    corner = tf.round(first)
    rows = tf.range(size[0], dtype=tf.float32)[:, None]
    columns = tf.range(size[1], dtype=tf.float32)[None, :]
    if displacement is not None:
        rows, columns = rows + displacement[0], columns + displacement[1]
    last = tf.cast(source_size, tf.float32) - 1.0
    return tf.stack(
        [
            mirror(matrix[i, 0] * rows + (matrix[i, 1] * columns + corner[i]), last[i])
            for i in range(2)
        ]
    )


def mirror(coordinates: tf.Tensor, last: tf.Tensor) -> tf.Tensor:
    """Fold coordinates into 0..last by reflection at both ends, as often as needed.

    With ``last`` 3 the indices -2 -1 0 1 2 3 4 5 read 2 1 0 1 2 3 2 1.

    Args:
        coordinates: float32, any shape.
        last: Scalar float32, the last index; 0 folds everything onto 0.

    Returns:
        float32 of the shape of ``coordinates``.
    """
    period = tf.maximum(2.0 * last, 1.0)
    phase = coordinates - period * tf.floor(coordinates * (1.0 / period))
    # The product with 1/period may round to a phase just outside 0..period.
    return tf.clip_by_value(last - tf.abs(phase - last), 0.0, last)


def warp_image(image: tf.Tensor, grid: tf.Tensor) -> tf.Tensor:
    """Read an image at a grid, bilinear between the four pixels around each point.

    Args:
        image: ``(H, W, C)`` uint8 or float32, H and W at least 1.
        grid: float32 ``(2, h, w)`` inside the image.

    Returns:
        float32 ``(h, w, C)``. A point on a pixel reads that pixel exactly.
    """
    shape = tf.shape(image)
    height, width = shape[0], shape[1]
    top, fraction_y = _cell(grid[0], height)
    left, fraction_x = _cell(grid[1], width)
    # An image one pixel wide has no right neighbour: read the same pixel twice.
    right = tf.minimum(width - 1, 1)
    below = tf.minimum(height - 1, 1) * width
    first = top * width + left
    corners = tf.stack([first, first + right, first + below, first + below + right])
    pixels = tf.reshape(image, (height * width, image.shape[2] or shape[2]))
    # One gather of all four corners, then three linear interpolations.
    a, b, c, d = tf.unstack(tf.cast(tf.gather(pixels, corners), tf.float32))
    fraction_x, fraction_y = fraction_x[..., None], fraction_y[..., None]
    upper = a + fraction_x * (b - a)
    lower = c + fraction_x * (d - c)
    return upper + fraction_y * (lower - upper)


def warp_labels(labels: tf.Tensor, grid: tf.Tensor) -> tf.Tensor:
    """Read labels or ids at a grid: the nearest pixel, so no new value appears.

    Args:
        labels: ``(H, W)``, any integer type.
        grid: float32 ``(2, h, w)`` inside the label map.

    Returns:
        ``(h, w)`` of the labels' type. Half way between two pixels reads the second.
    """
    nearest = tf.cast(tf.floor(grid + 0.5), tf.int32)
    index = nearest[0] * tf.shape(labels)[1] + nearest[1]
    return tf.gather(tf.reshape(labels, (-1,)), index)


def _cell(coordinate: tf.Tensor, length: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The pixel before a coordinate and the fraction beyond it, 0..1."""
    before = tf.minimum(tf.cast(coordinate, tf.int32), tf.maximum(length - 2, 0))
    return before, coordinate - tf.cast(before, tf.float32)
