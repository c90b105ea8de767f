"""The order of training as ``tf.data``."""

import tensorflow as tf

from kseg.data.pipeline.epochs import epoch_order


def endless_epochs(
    images: int, batch_size: int, seed: int, start_epoch: int
) -> tf.data.Dataset:
    """The indices and seeds of ``epoch_order``, epoch after epoch, without end.

    Args:
        images: How many there are, 1 or more.
        batch_size: Images in a batch.
        seed: 0 or more.
        start_epoch: The first epoch, counted from 0.

    Returns:
        A ``tf.data.Dataset`` of int64 scalars and int32 ``(2,)``.
    """

    @tf.autograph.experimental.do_not_convert
    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        order, seeds = tf.numpy_function(
            lambda e: epoch_order(images, batch_size, seed, int(e)),
            [number],
            (tf.int64, tf.int32),
        )
        order = tf.ensure_shape(order, (None,))
        seeds = tf.ensure_shape(seeds, (None, 2))
        return tf.data.Dataset.from_tensor_slices((order, seeds))

    return tf.data.Dataset.range(start_epoch, tf.int64.max).flat_map(epoch)
