"""RoIAlign: the features of a region, sampled without rounding any coordinate."""

import math
from collections.abc import Sequence

from keras import ops

from kseg.ops.lowering import current_form
from kseg.ops.regions.checks import check_regions
from kseg.ops.regions.roi_align_forms import Sampling, pool


def roi_align(
    features,
    boxes,
    scale: float,
    size,
    samples: int | None = 2,
    aligned: bool = True,
    chunk: int | None = None,
):
    """Divide each box into bins, and average ``samples**2`` bilinear samples in each.

    Sample k of bin i lies at ``y1 * scale - 1/2 + (i + (k + 1/2) / samples) * height``,
    ``height = (y2 - y1) * scale / h``, where index 0 is the centre of the first row of
    features; columns likewise.

    Args:
        features: (B, H, W, C) float.
        boxes: (B, R, 4), (y1, x1, y2, x2) in pixels of the input; R static.
        scale: Pixels of the features over pixels of the input: 1/16 at stride 16.
        size: Bins, an int or (h, w); 7 for boxes, 14 for masks in the paper.
        samples: Per bin and axis. None is detectron2's default, as many as the bin has
            pixels, rounded up; a bin without height or width gives 0. It takes
            TensorFlow without XLA, and memory as boxes are large.
        aligned: False leaves out the -1/2 and makes boxes at least one pixel of the
            features long, as Detectron and torchvision's default do.
        chunk: None, or how many boxes of each image to pool at a time: less memory in
            TFLite, 0.2 GB in place of 1.0 for 1000 boxes of 7x7x256 by 100.

    Returns:
        (B*R, h, w, C) in the dtype of ``features``, image by image.

    Raises:
        ValueError: A shape does not fit, ``size``, ``scale``, ``samples`` or ``chunk``
            is not positive, or ``samples`` is None where shapes must be static.

    Numerics:
        Places and weights are float32 whatever the dtype of the features (float64 where
        theirs or the boxes' is). A sample up to 1 beyond the outermost indices takes
        the border, further out it counts 0; a box with a coordinate that is no number
        gives 0. Boxes have no gradient, as in the paper's end-to-end training; for one
        that has see ``roi_warp``. See ``kseg.ops.lowering`` for the two forms, which
        agree to 1e-5 of the features while boxes lie within a million pixels.

    Example:
        Values 0 to 24 in rows of 5, box (1, 1, 3, 3), scale 1, size 4, one sample: the
        first row is 4.5, 5, 5.5, 6, and without ``aligned`` 7.5, 8, 8.5, 9.

    Reference:
        He et al., Mask R-CNN, ICCV 2017, section 3.
    """
    size = check_regions(features, boxes, size, scale)
    sampling = Sampling(size, samples, aligned)
    return _in_chunks([features], boxes, None, [scale], sampling, chunk)


def pyramid_roi_align(
    features: Sequence,
    boxes,
    levels,
    strides: Sequence[float],
    size,
    samples: int | None = 2,
    aligned: bool = True,
    chunk: int | None = None,
):
    """``roi_align`` of each box on its own level of a feature pyramid.

    Args:
        features: For each level (B, H, W, C), C the same.
        boxes: (B, R, 4) in pixels of the input; R static.
        levels: (B, R) int, index into ``features``: ``assign_levels(boxes) - 2`` for
            P2 to P5.
        strides: Of each level, pixels of the input between two of the features.
        size: As in ``roi_align``, as are ``samples``, ``aligned`` and ``chunk``.

    Returns:
        (B*R, h, w, C) in the dtype of ``features``, image by image.

    Raises:
        ValueError: As ``roi_align``, or not one stride for each level.

    Numerics:
        As ``roi_align``. Exported, all levels are one table and each box gathers from
        its part of it: the work does not grow with the number of levels.

    Reference:
        Lin et al., Feature Pyramid Networks, CVPR 2017, section 4.2.
    """
    features = list(features)
    if not features or len(features) != len(strides):
        raise ValueError(
            "Each level has its features and its stride. Received: "
            f"{len(features)} features, {len(strides)} strides."
        )
    for x, stride in zip(features, strides, strict=True):
        size = check_regions(x, boxes, size, stride)
    scales = [1 / stride for stride in strides]
    sampling = Sampling(size, samples, aligned)
    return _in_chunks(features, boxes, levels, scales, sampling, chunk)


def _in_chunks(features, boxes, levels, scales, sampling, chunk):
    samples, count = sampling.samples, boxes.shape[1]
    chunk = max(count, 1) if chunk is None else chunk
    samples = 1 if samples is None else samples
    for name, value in (("samples", samples), ("chunk", chunk)):
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be an int from 1. Received: {value!r}.")
    features = [ops.convert_to_tensor(x) for x in features]
    boxes = ops.stop_gradient(ops.convert_to_tensor(boxes))
    if count <= chunk:
        return pool(features, boxes, levels, scales, sampling)
    shape = (*sampling.size, features[0].shape[-1])
    # Of one image, rows of the result: a dense layer behind takes them without a copy.
    images = () if features[0].shape[0] == 1 else (-1,)
    parts = []
    for start in range(0, count, chunk):
        here = slice(start, min(start + chunk, count))
        of_these = None if levels is None else levels[:, here]
        of_this_chunk = boxes[:, here]
        if parts and current_form() == "tflite" and not images:
            of_this_chunk = _once_done(parts[-1], of_this_chunk)
        part = pool(features, of_this_chunk, of_these, scales, sampling)
        rows = (*images, here.stop - start, math.prod(shape))
        parts.append(ops.reshape(part, rows))
    return ops.reshape(ops.concatenate(parts, axis=len(images)), (-1, *shape))


def _once_done(part, boxes):
    """The same boxes, but not known before ``part`` is.

    TFLite would otherwise do the gathers of all chunks, then all the arithmetic in one
    delegated piece, and hold everything at a time.
    """
    return boxes + ops.cast(part[0, 0] > math.inf, boxes.dtype)
