"""The 2x2 up-convolution of stride 2, as a 1x1 convolution and depth to space."""

from keras import ops

from kseg.ops.pooling.depth_to_space import depth_to_space


def up_conv_2x2(x, kernel, bias=None, activation=None):
    """Transposed 2x2 convolution of stride 2, no padding: twice the height and width.

    ``y[b, 2i + r, 2j + s, c] = sum_k x[b, i, j, k] * kernel[r, s, c, k] + bias[c]``

    The windows of a 2x2 kernel at stride 2 do not overlap, so this equals a transposed
    convolution. As a 1x1 convolution to four times the filters it runs on every int8
    kernel of TFLite: int8 TRANSPOSE_CONV is up to ten times slower, and its
    dynamic-range form is refused by the 2.16.1 runtime.

    Args:
        x: (B, H, W, K) float.
        kernel: (2, 2, C, K), the layout of ``keras.layers.Conv2DTranspose``.
        bias: (C,) or None.
        activation: An element-wise function or None. It is applied before the pixels
            are moved, where TFLite fuses it into the convolution.

    Returns:
        (B, 2H, 2W, C), the dtype of ``x``.

    Raises:
        ValueError: The kernel is not 2x2, or its last axis is not K.

    Numerics:
        One dot product of length K per value, in the dtype of ``x``.

    Example:
        ``x = [[[[1]]]]``, ``kernel = [[[[1]], [[2]]], [[[3]], [[4]]]]`` gives
        ``[[[[1], [2]], [[3], [4]]]]``.
    """
    height, width, filters, channels = kernel.shape
    if (height, width) != (2, 2) or channels != x.shape[-1]:
        raise ValueError(
            f"The kernel must be (2, 2, C, K) with K = {x.shape[-1]}, the channels of "
            f"the input. Received: kernel.shape={tuple(kernel.shape)}."
        )
    # (r, s, C, K) -> (1, 1, K, r*s*C): the channel order that depth to space undoes.
    kernel = ops.reshape(
        ops.transpose(kernel, (3, 0, 1, 2)), (1, 1, channels, 4 * filters)
    )
    y = ops.conv(x, kernel, padding="valid", data_format="channels_last")
    if bias is not None:
        y = y + ops.tile(bias, (4,))
    if activation is not None:
        y = activation(y)
    return depth_to_space(y, 2)
