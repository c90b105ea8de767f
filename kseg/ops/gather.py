"""Rows of a table by their numbers, as TFLite's GATHER does it.

``keras.ops.take`` and ``take_along_axis`` convert to a gather with comparisons and
selections around it, and to int64.
"""

import math

import keras
from keras import ops


def gather_rows(table, indices):
    """``table[indices]``.

    Args:
        table: (N, ...) any dtype.
        indices: int32, any shape, in [0, N).

    Returns:
        (*indices.shape, ...), the dtype of ``table``.

    Numerics:
        Moves values only. The gradient adds up where a row is taken more than once.
    """
    if keras.backend.backend() == "tensorflow":
        from kseg.ops import native

        return native.gather(table, indices)
    return ops.take(table, indices, axis=0)


def gather(x, indices):
    """Take entries of each image: ``y[b, r] = x[b, indices[b, r]]``.

    Args:
        x: (..., N, *rest), any dtype, N static.
        indices: (..., R) int32 in [0, N), the leading axes of ``x``.

    Returns:
        (..., R, *rest), the dtype of ``x``.

    Raises:
        ValueError: ``x`` has no axis N after the leading axes of ``indices``.

    Example:
        Boxes (B, N, 4) and the indices (B, R) of ``non_max_suppression`` give the boxes
        that it kept, (B, R, 4).
    """
    x, indices = ops.convert_to_tensor(x), ops.cast(indices, "int32")
    axis = len(indices.shape) - 1
    if len(x.shape) <= axis or x.shape[axis] is None:
        raise ValueError(
            f"x must have a static axis {axis} for the indices to count along. "
            f"Received: x.shape={tuple(x.shape)}, indices.shape={tuple(indices.shape)}."
        )
    lead, rest = ops.shape(indices)[:-1], x.shape[axis + 1 :]
    table = ops.reshape(x, (-1, *rest))
    images = math.prod(lead)
    if not (isinstance(images, int) and images == 1):
        first = x.shape[axis] * ops.arange(images, dtype="int32")
        indices = indices + ops.reshape(first, (*lead, 1))
    return gather_rows(table, indices)
