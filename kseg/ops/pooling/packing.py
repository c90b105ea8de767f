"""Indices of 2x2 windows in two bits each, as SegNet's paper counts them."""

import numpy as np
from keras import ops


def pack_indices(indices):
    """Store indices in two bits each: four channels to a byte.

    Channel ``c`` is in the bits ``2 (c % 4)`` and the next of byte ``c // 4``.

    Args:
        indices: (B, H, W, C) 0, 1, 2 or 3, any dtype.

    Returns:
        (B, H, W, ceil(C/4)) uint8; bits without a channel are 0.

    Raises:
        ValueError: A value is another. Inside a traced graph values are not known, and
            not checked.

    Example:
        ``[[[[1, 2, 3, 0, 3]]]]`` gives ``[[[[57, 3]]]]``: 57 = 1 + 4*2 + 16*3.
    """
    _check_indices(indices)
    bits = ops.cast(indices, "uint8")
    bits = ops.pad(bits, ((0, 0), (0, 0), (0, 0), (0, -bits.shape[-1] % 4)))
    packed = bits[..., 0::4]
    for k in (1, 2, 3):
        packed = ops.bitwise_or(packed, ops.left_shift(bits[..., k::4], 2 * k))
    return packed


def unpack_indices(packed, channels: int):
    """The indices that ``pack_indices`` stored.

    Args:
        packed: (B, H, W, ceil(channels/4)) uint8.
        channels: C of the indices.

    Returns:
        (B, H, W, channels) uint8.

    Raises:
        ValueError: ``packed`` has another number of bytes.
    """
    if packed.shape[-1] != -(-channels // 4):
        raise ValueError(
            f"{channels} channels are packed in {-(-channels // 4)} bytes. Received: "
            f"packed.shape={tuple(packed.shape)}."
        )
    shifts = ops.cast(2 * (ops.arange(channels) % 4), "uint8")
    of_its_byte = ops.repeat(packed, 4, axis=-1)[..., :channels]
    two_bits = ops.cast(3, "uint8")
    return ops.bitwise_and(ops.right_shift(of_its_byte, shifts), two_bits)


def _check_indices(indices):
    try:
        values = np.asarray(indices).astype("float64")
    except (NotImplementedError, TypeError):  # of TensorFlow and JAX, while they trace
        return
    wrong = (values < 0) | (values > 3) | (values != np.floor(values))
    if np.any(wrong):
        raise ValueError(
            f"Indices must be 0, 1, 2 or 3. Received: {values[wrong].flat[0]}. Take "
            "them from max_pool_with_indices."
        )
