"""Depth to space: blocks of channels become blocks of pixels."""

import keras
from keras import ops


def depth_to_space(x, block: int):
    """Rearrange each pixel's channels into a ``block`` x ``block`` square of pixels.

    ``y[b, i*block + r, j*block + s, c] = x[b, i, j, (r*block + s)*C + c]``, the order
    of ``tf.nn.depth_to_space`` and of TFLite's DEPTH_TO_SPACE.

    Args:
        x: (B, H, W, block*block*C), any dtype.
        block: Side of the square, at least 2.

    Returns:
        (B, H*block, W*block, C), the dtype of ``x``.

    Raises:
        ValueError: ``block`` is below 2 or its square does not divide the channels.

    Numerics:
        Moves values only: exact in every dtype, and so is the gradient. An empty batch
        gives an empty batch.

    Example:
        ``[[[[1, 2, 3, 4]]]]`` with ``block=2`` gives ``[[[[1], [2]], [[3], [4]]]]``.
    """
    channels = x.shape[-1]
    if block < 2 or channels % (block * block):
        raise ValueError(
            "depth_to_space needs block >= 2 and a number of channels divisible by "
            f"block*block. Received: {channels} channels, block={block}."
        )
    if keras.backend.backend() == "tensorflow":
        from kseg.ops import native

        return native.depth_to_space(x, block)
    batch, height, width = ops.shape(x)[:3]
    out = channels // (block * block)
    x = ops.reshape(x, (batch, height, width, block, block, out))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, height * block, width * block, out))
