"""Which anchors or proposals a step learns from: balanced, of static number."""

import keras
from keras import ops


def sample(labels, count: int, positive_fraction: float, seed=None):
    """Draw a balanced batch of anchors or proposals, the same number in each image.

    At most ``count * positive_fraction`` of label 1, rounded down, and as many of label
    0 as make it ``count``: each of a label with the same chance, none twice.

    Args:
        labels: (..., N) 1, 0, or -1 for what is never drawn; N static.
        count: 256 in a region proposal network, 512 in the heads on a pyramid.
        positive_fraction: 0.5 in a region proposal network, 0.25 in the heads.
        seed: int, ``keras.random.SeedGenerator`` or None, as in ``keras.random``. An
            int draws the same each time: give a generator to train.

    Returns:
        indices: (..., count) int32 into N, those of label 1 first: a mask head needs
            only the first ``count * positive_fraction``. 0 where unused.
        weights: (..., count) float32, 1 or, where there was nothing left to draw, 0.

    Raises:
        ValueError: ``count`` is not an int from 1, ``positive_fraction`` not in [0, 1],
            or N unknown.

    Numerics:
        One random number each and the largest drawn: O(N log count). Where labels of 0
        run out, further ones of label 1 do not take their places, as in detectron2. The
        same seed draws otherwise on JAX and in TensorFlow under XLA.

    Example:
        Labels [0, 1, -1, 1], count 4, fraction 0.25: one of 1 and 3, then 0; weights
        [1, 1, 0, 0].

    Reference:
        Girshick, Fast R-CNN, ICCV 2015, section 2.3; Ren et al., section 3.1.3.
    """
    if not isinstance(count, int) or count < 1 or not 0 <= positive_fraction <= 1:
        raise ValueError(
            "count must be an int from 1, and positive_fraction in [0, 1]. Received: "
            f"{count=}, {positive_fraction=}."
        )
    labels = _at_least(ops.convert_to_tensor(labels), count)
    # 0.29 * 100 is 28.999...
    most = int(count * positive_fraction + 1e-6)
    keys = keras.random.uniform(ops.shape(labels), dtype="float32", seed=seed)
    objects = _draw(labels == 1, keys, most)
    background = _draw(labels == 0, keys, count)
    found = ops.sum(ops.cast(objects >= 0, "int32"), axis=-1, keepdims=True)
    place = ops.arange(count, dtype="int32")
    place = ops.where(place < found, place, place - found + most)
    both = ops.concatenate([objects, background], axis=-1)
    indices = ops.take_along_axis(both, place, axis=-1)
    weights = ops.cast(indices >= 0, "float32")
    return ops.maximum(indices, 0), weights


def _at_least(labels, count):
    """Labels, filled up with -1 to ``count`` of them."""
    total = labels.shape[-1]
    if total is None:
        raise ValueError(
            "The number of labels must be known when the graph is built: reshape them "
            f"to it. Received: labels.shape={tuple(labels.shape)}."
        )
    widths = [(0, 0)] * (len(labels.shape) - 1) + [(0, max(count - total, 0))]
    return ops.pad(labels, widths, "constant", -1)


def _draw(eligible, keys, count):
    """Indices (..., count) of the eligible with the largest keys, -1 after the last."""
    key, index = ops.top_k(ops.where(eligible, keys, -1), count)
    return ops.where(key >= 0, ops.cast(index, "int32"), -1)
