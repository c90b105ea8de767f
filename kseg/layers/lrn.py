"""Local response normalisation, the input layer of SegNet-Basic."""

import keras

from kseg.ops import local_response_normalization


@keras.saving.register_keras_serializable(package="kseg")
class LocalResponseNorm(keras.layers.Layer):
    """``y = x / (bias + alpha/size * sum of x**2 over size channels) ** beta``.

    Args:
        size: Channels in the window, odd; Caffe's ``local_size``.
        alpha: Weight of the squares, at least 0.
        beta: The exponent.
        bias: Above 0; Caffe's ``k``.

    Input shape:
        (B, H, W, C) float.

    Output shape:
        As the input.

    Raises:
        ValueError: When called, if an argument is outside of its range.

    Numerics:
        See ``kseg.ops.local_response_normalization``: float32 under every dtype policy.

    Reference:
        Krizhevsky et al. 2012, section 3.3.
    """

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        bias: float = 1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.bias = bias

    def call(self, inputs):
        return local_response_normalization(inputs, **self._arguments())

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), **self._arguments()}

    def _arguments(self):
        names = ("size", "alpha", "beta", "bias")
        return {name: getattr(self, name) for name in names}
