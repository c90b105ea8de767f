"""Checks of what is pooled and unpooled."""

import operator

import keras
from keras import ops


def check_rank(x, name):
    """Raise ValueError unless ``x`` has four axes."""
    if len(x.shape) != 4:
        raise ValueError(
            f"{name} must be (B, H, W, C). Received: {name}.shape={tuple(x.shape)}."
        )


def check_same_shape(x, indices):
    """Raise ValueError unless there is an index for each value of ``x``."""
    pairs = zip(x.shape, indices.shape, strict=False)
    differ = any(a != b for a, b in pairs if None not in (a, b))
    if len(indices.shape) != 4 or differ:
        raise ValueError(
            f"Expected one index for each value of x, {tuple(x.shape)}. Received: "
            f"indices.shape={tuple(indices.shape)}."
        )


def check_size(x, size):
    """The size to cut the unpooled map to, or None where nothing is to be cut off.

    Args:
        x: (B, h, w, C), the map to unpool.
        size: As ``max_unpool`` takes it.

    Returns:
        None or (H, W), each an int, or a tensor while a graph is traced.

    Raises:
        ValueError: It is no such pair, or does not halve to (h, w).
    """
    if size is None:
        return None
    halves = tuple(x.shape[1:3])
    try:
        height, width = sides = [_whole(n) for n in size]
    except (TypeError, ValueError) as error:
        raise ValueError(
            "size must be (height, width), ints or integer tensors. Received: "
            f"size={size!r}."
        ) from error
    for given, half in zip(sides, halves, strict=True):
        if isinstance(given, int) and half is not None and -(-given // 2) != half:
            raise ValueError(
                f"A map of {halves} can be unpooled to a size whose half, rounded up, "
                f"it is. Received: size={(height, width)}."
            )
    doubled = [None if n is None else 2 * n for n in halves]
    known = all(isinstance(n, int) for n in sides)
    return None if known and sides == doubled else sides


def _whole(n):
    """A number of any type as an int; a tensor as it is while its value is unknown."""
    try:
        return operator.index(n)
    except (TypeError, AttributeError) as error:  # the latter of TensorFlow's floats
        if ops.is_tensor(n) and "int" in keras.backend.standardize_dtype(n.dtype):
            return n
        raise TypeError(f"{n!r} is no whole number") from error
