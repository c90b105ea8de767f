"""The up-convolution layer of U-Net."""

import math

import keras

from kseg.checks import check_choice, check_whole
from kseg.ops import up_conv_2x2


@keras.saving.register_keras_serializable(package="kseg")
class UpConv2D(keras.layers.Layer):
    """2x2 up-convolution of stride 2 with bias.

    Gives the numbers of ``keras.layers.Conv2DTranspose(filters, 2, strides=2)`` and
    stores its weights in the same shapes, so that weights can be exchanged.

    Args:
        filters: Channels of the output, at least 1.
        activation: None or ``"relu"``.

    Input shape:
        (B, H, W, K) float.

    Output shape:
        (B, 2H, 2W, filters).

    Raises:
        ValueError: ``filters`` or ``activation`` is not one of the above.

    Numerics:
        See ``kseg.ops.up_conv_2x2``. The kernel is drawn from N(0, sqrt(2/K)): K
        nodes feed each output value, because the windows do not overlap.

    Reference:
        Ronneberger et al. 2015, section 2 ("up-convolution").
    """

    def __init__(self, filters: int, activation: str | None = None, **kwargs):
        super().__init__(**kwargs)
        check_whole(filters=filters)
        check_choice("activation", activation, (None, "relu"))
        self.filters = filters
        self.activation = activation

    def build(self, input_shape):
        channels = input_shape[-1]
        self.kernel = self.add_weight(
            name="kernel",
            shape=(2, 2, self.filters, channels),
            initializer=keras.initializers.RandomNormal(stddev=math.sqrt(2 / channels)),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.filters,), initializer="zeros"
        )

    def call(self, inputs):
        activation = keras.ops.relu if self.activation == "relu" else None
        return up_conv_2x2(inputs, self.kernel, self.bias, activation)

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        height, width = (None if n is None else 2 * n for n in (height, width))
        return (batch, height, width, self.filters)

    def get_config(self):
        config = super().get_config()
        config.update({"filters": self.filters, "activation": self.activation})
        return config
