"""Caffe's Crop: a window of the size of another map."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kseg")
class Crop(keras.layers.Layer):
    """The window of a map that begins at ``offset`` and has the size of another map.

    ``y = x[:, offset : offset + H, offset : offset + W, :]``, H and W those of ``like``

    Args:
        offset: Rows above and columns left of the window, at least 0.

    Input shape:
        ``[x, like]``: (B, H', W', C) and (B, H, W, any), H' >= offset + H.

    Output shape:
        (B, H, W, C), the dtype of ``x``.

    Raises:
        ValueError: ``offset`` is negative, or the window is not inside of ``x``.

    Reference:
        The layer Crop of Caffe, as FCN uses it.
    """

    def __init__(self, offset: int = 0, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(offset, int) or offset < 0:
            raise ValueError(f"offset must be an int >= 0. Received: {offset!r}.")
        self.offset = offset

    def call(self, inputs):
        x, like = inputs
        self._check(x.shape, like.shape)
        height, width = ops.shape(like)[1:3]
        start = self.offset
        return x[:, start : start + height, start : start + width]

    def compute_output_shape(self, input_shape):
        x, like = input_shape
        self._check(x, like)
        return (x[0], *like[1:3], x[3])

    def _check(self, x, like):
        for axis, size, wanted in zip(
            ("height", "width"), x[1:3], like[1:3], strict=True
        ):
            if None not in (size, wanted) and size < self.offset + wanted:
                raise ValueError(
                    f"The map's {axis} must be at least {self.offset + wanted}, to "
                    f"cut {wanted} out of it from {self.offset} on. Received: {size}."
                )

    def get_config(self):
        config = super().get_config()
        config.update({"offset": self.offset})
        return config
