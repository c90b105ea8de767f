"""Caffe's bilinear deconvolution, computed as an interpolation."""

import numpy as np
from keras import ops

from kseg.ops.pooling.upsample import upsample_bilinear


def bilinear_deconv(x, factor: int):
    """Transposed convolution of each channel with Caffe's bilinear kernel, no padding.

    ``y[b, i, j, c] = sum_mn x[b, m, n, c] * w[i - factor*m] * w[j - factor*n]``, with
    ``w = bilinear_profile(factor)``: 2*factor wide, at stride ``factor``.

    It is computed as what it is: with half-pixel centres, ``y`` is the bilinear resize
    of ``x`` in a frame of zeros, without the outer half of the frame. So a constant is
    kept, but for the ``factor`` outermost rows and columns, which fade to zero. It
    becomes PAD, RESIZE_BILINEAR and STRIDED_SLICE in TFLite, and holds no weights.

    Args:
        x: (B, H, W, C) float.
        factor: The stride, an even number of at least 2.

    Returns:
        (B, (H + 1)*factor, (W + 1)*factor, C), the dtype of ``x``.

    Raises:
        ValueError: ``factor`` is odd, or below 2.

    Numerics:
        As ``upsample_bilinear``: float32 inside. The gradient is the transpose, a
        convolution at stride ``factor``.

    Example:
        The single pixel ``[[[[16]]]]`` with ``factor=2`` gives the kernel, rows
        ``1 3 3 1``, ``3 9 9 3``, ``3 9 9 3``, ``1 3 3 1``.

    Reference:
        Long et al., CVPR 2015, section 3.3; its crops count on the size of ``y``.
    """
    _check_factor(factor)
    height, width = ops.shape(x)[1:3]
    y = upsample_bilinear(ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), factor)
    edge = factor // 2
    return y[:, edge : edge + (height + 1) * factor, edge : edge + (width + 1) * factor]


def bilinear_profile(factor: int) -> np.ndarray:
    """One axis of Caffe's bilinear kernel for deconvolution at stride ``factor``.

    ``w[i] = 1 - |i - (factor - 1/2)| / factor``

    Args:
        factor: The stride, an even number of at least 2.

    Returns:
        (2*factor,) float64, of sum ``factor``: 1/4 3/4 3/4 1/4 for 2.

    Raises:
        ValueError: ``factor`` is odd, or below 2.

    Reference:
        ``upsample_filt`` in surgery.py of the authors' release.
    """
    _check_factor(factor)
    return 1 - np.abs(np.arange(2 * factor) - (factor - 0.5)) / factor


def _check_factor(factor) -> None:
    if not isinstance(factor, int) or factor < 2 or factor % 2:
        raise ValueError(f"factor must be an even int >= 2. Received: {factor!r}.")
