"""Bilinear and nearest upsampling by a whole factor."""

import keras
from keras import ops

from kseg.checks import check_whole
from kseg.ops.lowering import current_form


def upsample_bilinear(x, factor: int):
    """Bilinear resize to ``factor`` times the height and width, half-pixel centres.

    Pixel ``i`` of the result lies at ``(i + 1/2) / factor - 1/2`` of ``x``; beyond the
    outermost centres the border is repeated. One RESIZE_BILINEAR in TFLite.

    Args:
        x: (B, H, W, C) float. On TensorFlow H and W may be unknown while tracing, which
            ``keras.layers.UpSampling2D`` does not allow.
        factor: At least 1.

    Returns:
        (B, H*factor, W*factor, C), the dtype of ``x``.

    Raises:
        ValueError: ``factor`` is below 1, or no int.

    Numerics:
        Computed in float32 whatever the dtype of ``x``, and cast back: the weights have
        up to 12 bits (factor 32), bfloat16 has 8, and TensorFlow's kernel returns no
        other type. Linear in ``x``; the gradient is the transpose.

    Example:
        The row ``[0, 4]`` with ``factor=2`` gives ``[0, 1, 3, 4]``.
    """
    check_whole(factor=factor)
    height, width = ops.shape(x)[1:3]
    size = (height * factor, width * factor)
    wide = ops.cast(x, "float32")
    if keras.backend.backend() == "tensorflow":
        from kseg.ops import native

        y = native.resize_bilinear(wide, size)
    else:
        y = ops.image.resize(
            wide, size, interpolation="bilinear", data_format="channels_last"
        )
    return ops.cast(y, x.dtype)


def upsample_nearest(x, factor: int):
    """Repeat each pixel in a square: ``y[b, i, j] = x[b, i // factor, j // factor]``.

    Args:
        x: (B, H, W, C) float.
        factor: At least 1.

    Returns:
        (B, H*factor, W*factor, C), the dtype of ``x``.

    Raises:
        ValueError: ``factor`` is below 1, or no int.

    Numerics:
        Moves values only; the gradient is the sum of each square. One
        RESIZE_NEAREST_NEIGHBOR in TFLite, where ``keras.ops.repeat`` is a reshape and a
        tile; XLA has no kernel for its gradient and gets ``repeat``.
    """
    check_whole(factor=factor)
    if current_form() == "portable":
        for axis in (1, 2):
            x = ops.repeat(x, factor, axis=axis)
        return x
    from kseg.ops import native

    height, width = ops.shape(x)[1:3]
    return native.resize_nearest(x, (height * factor, width * factor))
