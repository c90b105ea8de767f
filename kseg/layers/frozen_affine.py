"""A batch norm that no longer learns, as one scale and one offset for each channel."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="kseg")
class FrozenAffine(keras.layers.Layer):
    """``y = scale * x + offset``, both fixed: never trained, whatever is unfrozen.

    What a batch norm of fixed statistics amounts to; ``fold_batch_norm`` makes its
    weights of those of one.

    Input shape:
        (..., C) float.

    Output shape:
        As the input.

    Reference:
        The released networks of FCIS, DeepMask and Detectron.
    """

    def build(self, input_shape):
        shape = (input_shape[-1],)
        self.scale, self.offset = (
            self.add_weight(shape=shape, initializer=start, trainable=False, name=name)
            for name, start in (("scale", "ones"), ("offset", "zeros"))
        )

    def call(self, inputs):
        return inputs * self.scale + self.offset

    def compute_output_shape(self, input_shape):
        return input_shape


def fold_batch_norm(gamma, beta, mean, variance, epsilon: float) -> list:
    """The weights of a ``FrozenAffine`` that does what a batch norm of these does.

    Args:
        gamma, beta: Its scale and offset, (C,).
        mean, variance: Its moving statistics, (C,).
        epsilon: What it adds to the variance.

    Returns:
        ``[scale, offset]``.
    """
    scale = gamma / ops.sqrt(variance + epsilon)
    return [scale, beta - mean * scale]
