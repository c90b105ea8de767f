"""SegNet's pooling with indices and unpooling."""

import keras
from keras import ops

from kseg.ops import max_pool_with_indices, max_unpool


@keras.saving.register_keras_serializable(package="kseg")
class MaxPoolingWithIndices2D(keras.layers.Layer):
    """2x2 max pooling of stride 2 that also tells where each maximum was.

    Input shape:
        (B, H, W, C) float.

    Output shape:
        ``[pooled, indices]``, each (B, ceil(H/2), ceil(W/2), C). An index is the
        position in the window, row by row: 0 1 over 2 3; the first maximum wins.

    Numerics:
        See ``kseg.ops.max_pool_with_indices``.

    Reference:
        Badrinarayanan et al., SegNet, PAMI 2017, section 3.1.
    """

    # Of two equal values another may win elsewhere: not every pixel is comparable.
    depends_on_ties = True

    def call(self, inputs):
        return list(max_pool_with_indices(inputs))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        height, width = (None if n is None else -(-n // 2) for n in (height, width))
        return [(batch, height, width, channels)] * 2


@keras.saving.register_keras_serializable(package="kseg")
class MaxUnpooling2D(keras.layers.Layer):
    """Put each value back to where the maximum was in its 2x2 window, zeros elsewhere.

    Call it on ``[x, indices]``, or on ``[x, indices, like]`` where the map before
    pooling, ``like``, may have an odd height or width: its size is restored, and its
    values are not read.

    Input shape:
        ``x`` and ``indices`` (B, h, w, C) float, indices from
        ``MaxPoolingWithIndices2D``; ``like`` (B, H, W, any) with ceil(H/2) = h and
        ceil(W/2) = w.

    Output shape:
        (B, H, W, C); without ``like`` (B, 2h, 2w, C).

    Raises:
        ValueError: The sizes do not fit, or there are not two or three inputs.

    Numerics:
        See ``kseg.ops.max_unpool``.

    Reference:
        Badrinarayanan et al., SegNet, PAMI 2017, section 3.2 and Figure 3.
    """

    def call(self, inputs):
        x, indices, like = self._three(inputs)
        size = None if like is None else ops.shape(like)[1:3]
        return max_unpool(x, indices, size)

    def compute_output_shape(self, input_shape):
        (batch, height, width, channels), _, like = self._three(input_shape)
        if like is not None:
            return (batch, *like[1:3], channels)
        height, width = (None if n is None else 2 * n for n in (height, width))
        return (batch, height, width, channels)

    def _three(self, given):
        if len(given) not in (2, 3):
            raise ValueError(
                f"{self.name} is called on [x, indices] or [x, indices, like]. "
                f"Received: {len(given)} inputs."
            )
        return given if len(given) == 3 else (*given, None)
