"""2x2 windows at stride 2: their pixels, and which of the four an index names.

Sums, products and floor alone: XNNPACK, TFLite's kernels for processors, runs those in
one piece with the layers around, in int8 too, where comparisons, selections and nearest
upsampling would break the graph at each layer.
"""

import keras
from keras import ops


def phases(x):
    """The four pixels of each window, each (B, H/2, W/2, C); H and W even."""
    if keras.backend.backend() == "tensorflow":
        from kseg.ops import native

        return ops.split(native.space_to_depth(x, 2), 4, axis=-1)
    return [x[:, r::2, s::2] for r in (0, 1) for s in (0, 1)]


def to_even(x, pooled):
    """Repeat the last row or column of ``x`` where it has an odd number of them.

    In its window it comes after the one that it repeats, so it never wins; and int8,
    which has no minus infinity, keeps its range.
    """
    for axis, length in ((1, x.shape[1]), (2, x.shape[2])):
        if length is not None and length % 2 == 0:
            continue
        rows = (slice(None),) * axis
        x = ops.concatenate([x, x[*rows, -1:]], axis=axis)
        if length is None:
            x = x[*rows, : 2 * ops.shape(pooled)[axis]]
    return x


def masks(indices):
    """For each position in the window, 1 where it is the index and 0 elsewhere."""
    above_0 = at_most_1(2 * indices)
    above_1 = at_most_1(4 * ops.relu(indices - 1.5))
    above_2 = at_most_1(4 * ops.relu(indices - 2.5))
    return [1 - above_0, above_0 - above_1, above_1 - above_2, above_2]


def at_most_1(product):
    """1 for a product of 1 or more, 0 for 0: one TFLite operator with its product.

    TFLite has no multiplication that is clipped to [0, 1], but one to [-1, 1].
    """
    return ops.clip(product, -1, 1)
