"""Bilinear and nearest upsampling of maps whose size may be open."""

import keras

from kseg.checks import check_whole
from kseg.ops import upsample_bilinear, upsample_nearest


class _Upsampling2D(keras.layers.Layer):
    """By a whole factor; subclasses name the function of ``kseg.ops``."""

    def __init__(self, factor: int, **kwargs):
        super().__init__(**kwargs)
        check_whole(factor=factor)
        self.factor = factor

    def call(self, inputs):
        return self.upsample(inputs, self.factor)

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        sides = [None if n is None else n * self.factor for n in sides]
        return (batch, *sides, channels)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="kseg")
class BilinearUpsampling2D(_Upsampling2D):
    """Bilinear resize to ``factor`` times the height and width, half-pixel centres.

    The numbers of ``keras.layers.UpSampling2D(factor, interpolation="bilinear")``,
    which cannot be traced for maps of unknown size: a network of open input shape could
    not be saved as a SavedModel with it.

    Args:
        factor: At least 1.

    Input shape:
        (B, H, W, C) float.

    Output shape:
        (B, H*factor, W*factor, C).

    Raises:
        ValueError: ``factor`` is below 1, or no int.

    Numerics:
        See ``kseg.ops.upsample_bilinear``: float32 inside under every dtype policy.
    """

    upsample = staticmethod(upsample_bilinear)


@keras.saving.register_keras_serializable(package="kseg")
class NearestUpsampling2D(_Upsampling2D):
    """Repeat each pixel in a square of ``factor`` x ``factor``.

    Args:
        factor: At least 1.

    Input shape:
        (B, H, W, C) float.

    Output shape:
        (B, H*factor, W*factor, C).

    Raises:
        ValueError: ``factor`` is below 1, or no int.
    """

    upsample = staticmethod(upsample_nearest)
