"""TensorFlow's own kernels: the only file of ``kseg.ops`` that imports TensorFlow.

An op imports this module inside its function, where the backend is TensorFlow, so that
``kseg.ops`` loads and runs where TensorFlow is not installed.
"""

import tensorflow as tf


def depth_to_space(x, block: int):
    """``kseg.ops.depth_to_space`` as one kernel, which converts to one builtin."""
    return tf.nn.depth_to_space(x, block)


def batch_norm(x, gamma, beta, epsilon: float):
    """Normalise by the batch's own statistics in one kernel, and return them.

    Args:
        x: (B, H, W, C) float32, float16 or bfloat16.
        gamma: (C,) float32, scale.
        beta: (C,) float32, offset.
        epsilon: Added to the variance.

    Returns:
        y like ``x``, the mean (C,) and the variance (C,) over B, H, W, float32. The
        kernel's own variance is the unbiased one; this is the biased one, as in Keras.
    """
    y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=gamma,
        offset=beta,
        mean=tf.zeros((0,)),
        variance=tf.zeros((0,)),
        epsilon=epsilon,
        is_training=True,
    )
    count = tf.cast(tf.reduce_prod(tf.shape(x)[:3]), variance.dtype)
    return y, mean, variance * (count - 1) / count
