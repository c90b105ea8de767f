"""TensorFlow's own kernels: the only file of ``kseg.ops`` that imports TensorFlow.

An op imports this module inside its function, where the backend is TensorFlow, so that
``kseg.ops`` loads and runs where TensorFlow is not installed.
"""

import tensorflow as tf
from tensorflow.python.framework import ops as tf_ops
from tensorflow.python.ops import control_flow_util


def depth_to_space(x, block: int):
    """``kseg.ops.pooling.depth_to_space`` as one kernel and one builtin."""
    return tf.nn.depth_to_space(x, block)


def space_to_depth(x, block: int):
    """The inverse of ``depth_to_space`` as one kernel and one builtin."""
    return tf.nn.space_to_depth(x, block)


def resize_bilinear(x, size):
    """``tf.image.resize``, bilinear with half-pixel centres, to a size unknown or not.

    Args:
        x: (B, H, W, C) float32.
        size: (height, width), ints or tensors.
    """
    return tf.image.resize(x, size)


def resize_nearest(x, size):
    """``tf.image.resize``, nearest neighbour: one builtin of TFLite, unlike ``repeat``.

    Args:
        x: (B, H, W, C), any float.
        size: (height, width), ints or tensors.
    """
    return tf.image.resize(x, size, "nearest")


def replicas() -> int:
    """How many devices ``tf.distribute`` trains on; 1 without it."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def argmax(x):
    """Index of the largest over the last axis, the first of several, int32."""
    return tf.argmax(x, axis=-1, output_type=tf.int32)


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


def gather(table, indices):
    """Rows of a table, which converts to one builtin."""
    return tf.gather(table, indices)


def compiles_by_xla() -> bool:
    """Whether a function with ``jit_compile=True`` is being traced."""
    return control_flow_util.GraphOrParentsInXlaContext(tf_ops.get_default_graph())


def sample_grids(features, corners, count: int, levels, shape):
    """Sample a grid in each box of each image: ``crop_and_resize``, border repeated.

    Args:
        features: Of each level, (B, H, W, C) float32.
        corners: (B*R, 4) float32, first and last sample (y, x, y, x) as indices of the
            box's level, 0 being the centre of its first pixel.
        count: R.
        levels: (B*R,) int32, or None where there is one level.
        shape: (h, w) samples.

    Returns:
        (B*R, h, w, C); 0 for samples more than 1 beyond the outermost indices.
    """
    # The kernel refuses what is not finite, and crashes where numbers overflow.
    usable = tf.reduce_all(tf.abs(corners) < 1e6, axis=-1, keepdims=True)
    corners = tf.where(usable, corners, -1e6)
    images = tf.repeat(tf.range(tf.shape(features[0])[0]), count)
    if levels is None:
        return _crop(features[0], corners, images, shape)
    chosen = [tf.where(levels == i)[:, 0] for i in range(len(features))]
    grids = [
        _crop(x, tf.gather(corners, i), tf.gather(images, i), shape)
        for x, i in zip(features, chosen, strict=True)
    ]
    grids = tf.dynamic_stitch([tf.cast(i, tf.int32) for i in chosen], grids)
    return tf.ensure_shape(grids, (corners.shape[0], *shape, features[0].shape[-1]))


def all_samples(start, extent, samples, size):
    """The places of the samples of all boxes, one box after the other.

    Args:
        start: (N, 2) float, where each box begins.
        extent: (N, 2) float, its sides.
        samples: (N, 2) int32, in each bin along each axis.
        size: (h, w) bins.

    Returns:
        box (S,) int32, of each sample; bin (S,) int32 in [0, h * w); place (S, 2).
    """
    shape = samples * tf.constant(size)
    totals = tf.reduce_prod(shape, axis=-1)
    box = tf.repeat(tf.range(tf.shape(shape)[0]), totals)
    number = tf.range(tf.shape(box)[0]) - tf.gather(
        tf.cumsum(totals, exclusive=True), box
    )
    shape = tf.gather(shape, box)
    index = tf.stack([number // shape[:, 1], number % shape[:, 1]], axis=-1)
    share = (tf.cast(index, start.dtype) + 0.5) / tf.cast(shape, start.dtype)
    of_bin = index // tf.gather(samples, box)
    place = tf.gather(start, box) + share * tf.gather(extent, box)
    return box, of_bin[:, 0] * size[1] + of_bin[:, 1], place


def _crop(x, corners, images, shape):
    """The kernel clamps nothing: it gets one more pixel on each side."""
    padded = tf.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], "SYMMETRIC")
    last = tf.cast(tf.shape(padded)[1:3] - 1, corners.dtype)
    corners = (corners + 1) / tf.tile(last, [2])

    @tf.custom_gradient
    def crop(padded, corners):
        def backward(upstream):
            of_corners = tf.raw_ops.CropAndResizeGradBoxes(
                grads=upstream, image=padded, boxes=corners, box_ind=images
            )
            size = tf.shape(padded)
            return _spread(upstream, corners, images, size), of_corners

        return tf.image.crop_and_resize(padded, corners, images, shape), backward

    return crop(padded, corners)


def _spread(upstream, corners, images, size):
    """The gradient of a crop with respect to the images that it was cut from.

    The kernel's own, CropAndResizeGradImage, adds to a pixel from several threads
    without a lock: on a CPU updates of boxes that overlap get lost.
    """
    rows, columns = (
        tuple(_neighbours(corners[:, i], corners[:, i + 2], count, size[i + 1]))
        for i, count in enumerate(upstream.shape[1:3])
    )
    total, images = 0.0, images[:, None, None]
    for y, of_y in rows:
        for x, of_x in columns:
            # Where there is no row or column, the place is negative and left out.
            place = (images * size[1] + y[:, :, None]) * size[2] + x[:, None, :]
            place = tf.where((y[:, :, None] < 0) | (x[:, None, :] < 0), -1, place)
            weight = of_y[:, :, None, None] * of_x[:, None, :, None]
            total += tf.math.unsorted_segment_sum(
                upstream * weight, place, size[0] * size[1] * size[2]
            )
    return tf.reshape(total, size)


def _neighbours(first, last, count: int, length):
    """Of each sample of an axis the pixels before and behind it, and their weights."""
    steps = tf.linspace(0.0, 1.0, count) if count > 1 else tf.constant([0.5])
    at = first[:, None] + (last - first)[:, None] * steps
    at *= tf.cast(length - 1, at.dtype)
    inside = (at >= 0) & (at <= tf.cast(length - 1, at.dtype))
    before = tf.floor(at)
    for pixel, weight in ((before, before + 1 - at), (before + 1, at - before)):
        exists = inside & (weight > 0)
        yield tf.where(exists, tf.cast(pixel, tf.int32), -1), weight


def non_max_suppression(boxes, scores, count: int, iou_threshold, score_threshold):
    """The kernel of TensorFlow and of TFLite, for each image.

    Args:
        boxes: (B, N, 4) float32.
        scores: (B, N) float32.
        count: How many boxes to keep at most.
        iou_threshold: Boxes that overlap one kept by more go.
        score_threshold: So do those that score no more.

    Returns:
        indices (B, count) int32, 0 where unused, and the number used (B,) int32.
    """

    def of_one(given):
        return tuple(
            tf.raw_ops.NonMaxSuppressionV4(
                boxes=given[0],
                scores=given[1],
                max_output_size=count,
                iou_threshold=iou_threshold,
                score_threshold=score_threshold,
                pad_to_max_output_size=True,
            )
        )

    if boxes.shape[0] == 1:
        indices, used = of_one((boxes[0], scores[0]))
        return tf.ensure_shape(indices, (count,))[None], used[None]
    signature = (tf.TensorSpec((count,), tf.int32), tf.TensorSpec((), tf.int32))
    return tf.map_fn(of_one, (boxes, scores), fn_output_signature=signature)
