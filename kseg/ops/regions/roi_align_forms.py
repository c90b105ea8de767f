"""The forms of ``roi_align``: TensorFlow's kernel, and gathers of rows.

Both compute places and weights in float32. The kernel, ``tf.image.crop_and_resize``, is
the quicker to train with; it takes float32 alone and has neither an XLA nor a TFLite
version. A number of samples that depends on the box takes gathers, on TensorFlow alone.
N counts the boxes of all images.
"""

from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from kseg.ops.gather import gather_rows
from kseg.ops.lowering import current_form
from kseg.ops.regions.checks import as_rows
from kseg.ops.regions.interpolation import clamped_taps, gather_bilinear, image_of_each

# Of ``samples=None`` in a bin: more would be a box of hundreds of maps.
_MOST_SAMPLES = 10_000


class Sampling(NamedTuple):
    """Where in a box samples are taken.

    Attributes:
        size: (h, w) bins.
        samples: In each bin, along each axis; None for as many as it has pixels.
        aligned: Half a pixel is taken off; else boxes are at least one pixel long.
    """

    size: tuple[int, int]
    samples: int | None
    aligned: bool


def pool(features, boxes, levels, scales, sampling: Sampling):
    """``pyramid_roi_align`` of all boxes at once.

    Args:
        features: Of each level, (B, H, W, C).
        boxes: (B, R, 4).
        levels: (B, R), or None where there is one level.
        scales: Of each level, pixels of the features over pixels of the input.
        sampling: Where in a box to sample.

    Returns:
        (N, h, w, C) in the dtype of the features.
    """
    count = boxes.shape[1]
    boxes = as_rows(boxes)
    dtype = keras.backend.standardize_dtype(features[0].dtype)
    if dtype == "float64":
        boxes = ops.cast(boxes, dtype)
    scale = scales[0]
    if levels is not None:
        levels = ops.reshape(ops.cast(levels, "int32"), (-1,))
        scale = gather_rows(ops.cast(np.array(scales), boxes.dtype), levels)[:, None]
    # Slices before the product: without XNNPACK, TensorFlow Lite would multiply the
    # boxes in place, where others still read them.
    offset = 0.5 if sampling.aligned else 0.0
    start, end = (boxes[:, k : k + 2] * scale - offset for k in (0, 2))
    extent = end - start
    if not sampling.aligned:
        extent = ops.maximum(extent, 1)
    takes_kernel = dtype == keras.backend.standardize_dtype(boxes.dtype) == "float32"
    form = _by_gathers
    if sampling.samples is None:
        form = _by_pixels
    elif takes_kernel and current_form() == "kernels":
        form = _by_kernel
    return ops.cast(form(features, start, extent, count, levels, sampling), dtype)


def _by_kernel(features, start, extent, count, levels, sampling):
    from kseg.ops import native

    samples = sampling.samples
    shape = tuple(n * samples for n in sampling.size)
    half = ops.cast(0.5 / np.array(shape), start.dtype)
    first, last = start + half * extent, start + (1 - half) * extent
    corners = ops.concatenate([first, last], axis=-1)
    grids = native.sample_grids(features, corners, count, levels, shape)
    if samples == 1:
        return grids
    return ops.average_pool(grids, samples, samples, data_format="channels_last")


def _by_gathers(features, start, extent, count, levels, sampling):
    table, first, height, width = _as_table(features, count, levels)
    samples = sampling.samples
    rows, columns = (
        [
            clamped_taps(_places(start, extent, axis, k, sampling), length, 1)
            for k in range(samples)
        ]
        for axis, length in ((0, height), (1, width))
    )
    # By sample, not by bin and sample: intermediate results have the size of the last.
    total = 0
    for of_rows in rows:
        of_rows = [(index, weight / samples**2) for index, weight in of_rows]
        for of_columns in columns:
            total = total + gather_bilinear(table, first, width, of_rows, of_columns)
    return total


def _by_pixels(features, start, extent, count, levels, sampling):
    """``ceil(extent / bins)`` samples in a bin: as many in all as the boxes are large.

    Each is a box of one place to ``gather_bilinear``.
    """
    if current_form() != "kernels":
        raise ValueError(
            "samples=None takes as many points in a bin as it has pixels, so shapes "
            "depend on boxes: TensorFlow's own operators can do that; XLA, JAX and "
            f"TFLite cannot. Received: form {current_form()!r}. Give a number, such as "
            "samples=2."
        )
    from kseg.ops import native

    (rows, columns), channels = sampling.size, features[0].shape[-1]
    samples = ops.ceil(extent / ops.cast(np.array(sampling.size), extent.dtype))
    number = ops.prod(samples, axis=-1, keepdims=True)
    usable = ops.logical_and(samples > 0, number <= _MOST_SAMPLES)
    usable = ops.all(usable, axis=-1, keepdims=True)
    samples = ops.cast(ops.where(usable, samples, 0), "int32")
    box, in_box, at = native.all_samples(start, extent, samples, sampling.size)
    table, *maps = _as_table(features, count, levels)
    # One for each box, or the same for all.
    first, height, width = (
        gather_rows(x, box) if len(getattr(x, "shape", ())) else x for x in maps
    )
    taps = (
        clamped_taps(at[:, axis : axis + 1], length, 1)
        for axis, length in ((0, height), (1, width))
    )
    values = ops.reshape(gather_bilinear(table, first, width, *taps), (-1, channels))
    values = values / gather_rows(number, box)
    bins = ops.shape(start)[0] * (rows * columns)
    pooled = ops.segment_sum(values, box * (rows * columns) + in_box, bins)
    return ops.reshape(pooled, (-1, rows, columns, channels))


def _places(start, extent, axis, k, sampling):
    """Sample k of each bin along an axis, as indices of the features: (N, bins)."""
    bins = sampling.size[axis]
    share = (np.arange(bins) + (k + 0.5) / sampling.samples) / bins
    share = ops.cast(share[None], start.dtype)
    return start[:, axis : axis + 1] + extent[:, axis : axis + 1] * share


def _as_table(features, count, levels):
    """Pixels of all levels as rows; for each box its first row, and its map's size."""
    batch, channels = ops.shape(features[0])[0], features[0].shape[-1]
    sizes = [ops.shape(x)[1:3] for x in features]
    pixels = [height * width for height, width in sizes]
    image = image_of_each(batch, count, sum(pixels))
    if levels is None:
        return ops.reshape(features[0], (-1, channels)), image, *sizes[0]
    flat = [
        ops.reshape(x, (batch, n, channels))
        for x, n in zip(features, pixels, strict=True)
    ]
    starts = [sum(pixels[:i]) for i in range(len(pixels))]
    first, height, width = (
        gather_rows(ops.stack([ops.cast(n, "int32") for n in numbers]), levels)[:, None]
        for numbers in (starts, *zip(*sizes, strict=True))
    )
    table = ops.reshape(ops.concatenate(flat, axis=1), (-1, channels))
    return table, image + first, height, width
