"""Bilinear upsampling by transposed convolution: fixed, and as a start for learning."""

import keras
import numpy as np

from kseg.ops import bilinear_deconv, bilinear_profile


@keras.saving.register_keras_serializable(package="kseg")
class BilinearDeconv2D(keras.layers.Layer):
    """Caffe's bilinear deconvolution with a fixed kernel; it has no weights.

    Args:
        factor: The stride, an even number of at least 2; the kernel is twice as wide.

    Input shape:
        (B, H, W, C) float.

    Output shape:
        (B, (H + 1)*factor, (W + 1)*factor, C).

    Raises:
        ValueError: ``factor`` is odd, or below 2.

    Numerics:
        See ``kseg.ops.bilinear_deconv``: float32 inside under every dtype
        policy.

    Reference:
        Long et al., CVPR 2015, section 3.3.
    """

    def __init__(self, factor: int, **kwargs):
        super().__init__(**kwargs)
        bilinear_profile(factor)  # refuses what is no factor
        self.factor = factor

    def call(self, inputs):
        return bilinear_deconv(inputs, self.factor)

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        sides = [None if n is None else (n + 1) * self.factor for n in sides]
        return (batch, *sides, channels)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="kseg")
class Bilinear(keras.initializers.Initializer):
    """The bilinear kernel on equal channels, zero between different ones.

    A ``Conv2DTranspose(C, 2*factor, strides=factor, use_bias=False)`` that starts from
    it gives what ``BilinearDeconv2D(factor)`` gives, and may then learn.

    Args:
        padding: Zeros around the kernel, on each side: a larger one to learn, which
            starts the same.

    Raises:
        ValueError: ``padding`` is no int, or below 0.

    Reference:
        ``interp`` in surgery.py of the release of Long et al., CVPR 2015.
    """

    def __init__(self, padding: int = 0):
        if isinstance(padding, bool) or not isinstance(padding, int) or padding < 0:
            raise ValueError(
                f"padding must be an int of at least 0. Received: padding={padding!r}."
            )
        self.padding = padding

    def __call__(self, shape, dtype=None):
        """The kernel.

        Args:
            shape: (size, size, C, C), size 2*factor + 2*padding, ``factor`` an even
                number.
            dtype: Of the result; Keras's default where None.

        Returns:
            A tensor of this shape.

        Raises:
            ValueError: The shape is another.
        """
        height, width, filters, channels = shape
        bilinear = height - 2 * self.padding
        if height != width or bilinear < 4 or bilinear % 4 or filters != channels:
            raise ValueError(
                "A bilinear kernel must be (size, size, C, C), size 2*factor + "
                f"{2 * self.padding} for an even factor. Received: shape="
                f"{tuple(shape)}."
            )
        profile = np.pad(bilinear_profile(bilinear // 2), self.padding)
        kernel = np.multiply.outer(np.outer(profile, profile), np.eye(channels))
        return keras.ops.convert_to_tensor(kernel, dtype or keras.config.floatx())

    def get_config(self):
        return {"padding": self.padding}
