"""Local response normalisation: each channel divided by what lies around it."""

from keras import ops


def local_response_normalization(
    x, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, bias: float = 1.0
):
    """Divide each value by a power of the squares in the channels around it.

    ``y[..., c] = x[..., c] / (bias + alpha/size * sum_d x[..., d]**2) ** beta``, the
    sum over the ``size`` channels around c, fewer at the first and last ones.

    Args:
        x: (B, H, W, C) float.
        size: Channels in the window, odd.
        alpha: Weight of the squares, at least 0; divided by ``size`` as in Caffe, where
            ``tf.nn.local_response_normalization`` takes the quotient.
        beta: The exponent.
        bias: Above 0.

    Returns:
        (B, H, W, C), the dtype of ``x``.

    Raises:
        ValueError: ``size`` is even or below 1, ``alpha`` negative or ``bias`` not
            above 0.

    Numerics:
        Computed in float32, or in float64 where ``x`` is: in float16 the square of a
        pixel of 255 is infinite with two of its neighbours. The power is ``exp(-beta *
        log(...))``, and the sum one SUM where each window holds all channels (``C <=
        size//2 + 1``), else slices. These become TFLite builtins that XNNPACK computes
        in one piece with what follows in float32. In int8 it leaves LOG and EXP to
        TFLite's own kernels: SegNet-Basic falls into 3 partitions. Of the operator
        LOCAL_RESPONSE_NORMALIZATION XNNPACK has neither, and TFLite float32 alone.

    Example:
        ``[[[[3, 4]]]]`` with ``size=5, alpha=0.2, beta=1`` gives ``[[[[1.5, 2]]]]``:
        the squares sum to 25, and the divisor is ``1 + 0.04*25 = 2``.

    Reference:
        Krizhevsky et al. 2012, section 3.3; the layer LRN of Caffe.
    """
    if not isinstance(size, int) or size < 1 or size % 2 == 0:
        raise ValueError(f"size must be an odd int from 1. Received: size={size!r}.")
    if not alpha >= 0 or not bias > 0:
        raise ValueError(
            f"alpha must be at least 0 and bias above 0. Received: {alpha=}, {bias=}."
        )
    dtype = "float64" if x.dtype == "float64" else "float32"
    values = ops.cast(x, dtype)
    total = _window_sum(ops.square(values), size)
    divisor = bias + alpha / size * total
    return ops.cast(values * ops.exp(-beta * ops.log(divisor)), x.dtype)


def _window_sum(x, size):
    """Sum over the ``size`` channels around each; (..., 1) where all are the same."""
    channels, half = x.shape[-1], size // 2
    if channels <= half + 1:
        return ops.sum(x, axis=-1, keepdims=True)
    padded = ops.pad(x, ((0, 0), (0, 0), (0, 0), (half, half)))
    return sum(padded[..., i : i + channels] for i in range(size))
