"""Padding of images to sizes that a network can halve again and again."""

import keras
from keras import ops

from kseg.checks import check_whole


@keras.saving.register_keras_serializable(package="kseg")
class PadToMultiple(keras.layers.Layer):
    """Add zeros below and to the right until the sides are multiples of ``multiple``.

    ``kseg.layers.Crop`` cuts a result back to the image. A network between the two
    takes any size, and does to it what it does to the padded one.

    Args:
        multiple: What height and width become divisible by, at least 1.

    Input shape:
        (B, H, W, C), any dtype.

    Output shape:
        (B, H', W', C), the next multiples from H and W on; None where H or W is.

    Raises:
        ValueError: ``multiple`` is below 1.
    """

    def __init__(self, multiple: int, **kwargs):
        super().__init__(**kwargs)
        check_whole(multiple=multiple)
        self.multiple = multiple

    def call(self, inputs):
        height, width = (-n % self.multiple for n in ops.shape(inputs)[1:3])
        if isinstance(height, int) and isinstance(width, int) and not height + width:
            return inputs  # no operation in the graph where there is nothing to add
        return ops.pad(inputs, ((0, 0), (0, height), (0, width), (0, 0)))

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        sides = [None if n is None else n + -n % self.multiple for n in sides]
        return (batch, *sides, channels)

    def get_config(self):
        config = super().get_config()
        config.update({"multiple": self.multiple})
        return config
