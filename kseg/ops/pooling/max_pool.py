"""Max pooling that remembers where each maximum was, and its inverse.

An index is the position of the maximum in its 2x2 window, row by row: 0 1 over 2 3.
"""

import keras
from keras import ops

from kseg.ops.pooling.checks import check_rank, check_same_shape, check_size
from kseg.ops.pooling.depth_to_space import depth_to_space
from kseg.ops.pooling.windows import at_most_1, masks, phases, to_even


def max_pool_with_indices(x):
    """Maximum of each 2x2 window at stride 2, and its position in the window.

    ``pooled[b, i, j, c] = max_k x[b, 2i + k // 2, 2j + k % 2, c]``, and ``indices`` has
    the k that gives it, the smallest if several do. At an odd height or width the last
    windows hold fewer pixels, as in Caffe.

    Args:
        x: (B, H, W, C) float, finite, H and W at least 1.

    Returns:
        The maxima and their positions 0, 1, 2 or 3, both (B, ceil(H/2), ceil(W/2), C)
        in the dtype of ``x``. Pass ``(H, W)`` to ``max_unpool`` where one is odd.

    Raises:
        ValueError: ``x`` has not four axes.

    Numerics:
        Exact in every dtype; of equal values the first wins, in the gradient too, which
        goes to that pixel alone. Indices have no gradient. TensorFlow flushes
        differences below 1e-38 to 0: such values count as equal.

    Example:
        ``[[1, 5, 2], [3, 5, 2]]`` gives maxima ``[[5, 2]]`` and indices ``[[1, 0]]``.

    Reference:
        Badrinarayanan et al., SegNet, PAMI 2017, section 3.1 (two bits a window).
    """
    check_rank(x, "x")
    size = ops.shape(x)[1:3]

    @ops.custom_gradient
    def pool(x):
        pooled = ops.max_pool(x, 2, 2, padding="same", data_format="channels_last")
        first, second, third, _ = phases(to_even(x, pooled))
        # Below the maximum, the floor of the difference is -1 or less. In int8 too: two
        # numbers that differ are at least one step apart.
        not_0, not_1, not_2 = (
            at_most_1(-2 * ops.floor(p - pooled)) for p in (first, second, third)
        )
        below = not_0 * not_1
        indices = not_0 + below + below * not_2

        def gradient(*upstream):
            # TensorFlow gives those of both outputs one by one, JAX as a tuple.
            return max_unpool(keras.tree.flatten(upstream)[0], indices, size)

        return (pooled, indices), gradient

    return pool(ops.convert_to_tensor(x))


def max_unpool(x, indices, size=None):
    """Put each value at its index in a 2x2 window of a map of zeros.

    ``y[b, 2i + k // 2, 2j + k % 2, c] = x[b, i, j, c]``, ``k = indices[b, i, j, c]``:
    maxima go back to where ``max_pool_with_indices`` found them.

    Args:
        x: (B, h, w, C) float, finite.
        indices: (B, h, w, C) 0, 1, 2 or 3, any dtype.
        size: None for (2h, 2w), or (H, W), those of the map before pooling: ints or
            integer tensors with ceil(H/2) = h and ceil(W/2) = w.

    Returns:
        (B, H, W, C), the dtype of ``x``.

    Raises:
        ValueError: ``x`` has not four axes, ``indices`` another shape, or ``size`` is
            no pair of whole numbers that halve to (h, w).

    Numerics:
        Moves values only: exact in every dtype. The gradient gathers at the same
        positions; indices have none.

    Example:
        ``[[5, 2]]`` with indices ``[[1, 0]]`` and size (2, 3) gives
        ``[[0, 5, 2], [0, 0, 0]]``.

    Reference:
        Badrinarayanan et al., SegNet, PAMI 2017, section 3.2 and Figure 3.
    """
    check_rank(x, "x")
    check_same_shape(x, indices)
    size = check_size(x, size)
    x = ops.convert_to_tensor(x)

    @ops.custom_gradient
    def unpool(x, indices):
        # One product of all four: where TFLite's converter looks for the range of each
        # tensor, a product overwrites an input that nothing else reads. Here that is
        # the copies of x, which may lose their range, not the masks, which may not.
        copies = ops.concatenate([x] * 4, axis=-1)
        y = depth_to_space(copies * ops.concatenate(masks(indices), axis=-1), 2)

        def gradient(upstream):
            # Keeps the indices from the forward pass, and not the masks.
            pairs = zip(phases(to_even(upstream, x)), masks(indices), strict=True)
            return sum(p * mask for p, mask in pairs), ops.zeros_like(indices)

        return y if size is None else y[:, : size[0], : size[1]], gradient

    return unpool(x, ops.cast(indices, x.dtype))
