"""Which anchors or proposals a step learns from: balanced, of static number."""

import keras
import numpy as np
from keras import ops


def sample(
    labels,
    count: int,
    positive_fraction: float,
    seed=None,
    *,
    bands=None,
    shares=(1.0,),
    refill=None,
):
    """Draw a balanced batch of anchors or proposals, the same number in each image.

    At most ``count * positive_fraction`` of label 1, rounded down, and as many of label
    0 as make it ``count``: each of a label with the same chance, none twice.

    Args:
        labels: (..., N) 1, 0, or -1 for what is never drawn; N static.
        count: 256 in a region proposal network, 512 in the heads on a pyramid.
        positive_fraction: 0.5 in a region proposal network, 0.25 in the heads.
        seed: int, ``keras.random.SeedGenerator`` or None, as in ``keras.random``. An
            int draws the same each time: give a generator to train.
        bands: None, or (..., N) int: the band, an index of ``shares``, from which one
            of label 0 is; any other number is never drawn.
        shares: Of those of label 0, how much each band has at most: (0.85, 0.15) in
            MNC. What one band lacks no other has instead.
        refill: None, or (..., N) bool: those that may take the places that remain,
            whatever their label is.

    Returns:
        indices: (..., count) int32 into N, those of label 1 first: a mask head needs
            only the first ``count * positive_fraction``. Then band by band, and last
            those by ``refill``. 0 where unused.
        weights: (..., count) float32, 1 or, where there was nothing left to draw, 0.

    Raises:
        ValueError: ``count`` is not an int from 1, ``positive_fraction`` not in [0, 1],
            ``shares`` are not above 0 or more than 1 together, or N unknown.

    Numerics:
        One random number each and the largest drawn: O(N log count). Where labels of 0
        run out, further ones of label 1 do not take their places, as in detectron2. The
        first bands together have their shares rounded to the nearest number. The same
        seed draws otherwise on JAX and in TensorFlow under XLA.

    Example:
        Labels [0, 1, -1, 1], count 4, fraction 0.25: one of 1 and 3, then 0; weights
        [1, 1, 0, 0].

    Reference:
        Girshick, Fast R-CNN, ICCV 2015, section 2.3; Ren et al., section 3.1.3; the
        code of MNC (bands) and FCIS (refill).
    """
    if not isinstance(count, int) or count < 1 or not 0 <= positive_fraction <= 1:
        raise ValueError(
            "count must be an int from 1, and positive_fraction in [0, 1]. Received: "
            f"{count=}, {positive_fraction=}."
        )
    if not all(share > 0 for share in shares) or not 0 < sum(shares) < 1 + 1e-6:
        raise ValueError(
            "shares must be numbers above 0, together no more than 1. Received: "
            f"{shares=}."
        )
    labels = _at_least(ops.convert_to_tensor(labels), count)
    # 0.29 * 100 is 28.999...
    most = int(count * positive_fraction + 1e-6)
    keys = keras.random.uniform(ops.shape(labels), dtype="float32", seed=seed)
    objects = _draw(labels == 1, keys, most)
    drawn = [objects, *_backgrounds(labels, keys, count, objects, bands, shares)]
    if refill is not None:
        may = _at_least(ops.cast(refill, "int32"), count) == 1
        number = ops.arange(labels.shape[-1], dtype="int32")[:, None]
        taken = ops.concatenate(drawn, axis=-1)[..., None, :] == number
        free = ops.logical_and(may, ops.logical_not(ops.any(taken, axis=-1)))
        drawn.append(_draw(free, keys, count))
    indices = _without_gaps(ops.concatenate(drawn, axis=-1), count)
    return ops.maximum(indices, 0), ops.cast(indices >= 0, "float32")


def _backgrounds(labels, keys, count, objects, bands, shares):
    """Indices (..., count) of what each band gives beside the objects."""
    place = ops.arange(count, dtype="int32")
    rest = count - ops.sum(ops.cast(objects >= 0, "int32"), axis=-1, keepdims=True)
    start = 0
    for band, upto in enumerate(np.cumsum(shares)):
        eligible = labels == 0
        if bands is not None:
            own = _at_least(ops.cast(bands, "int32"), count) == band
            eligible = ops.logical_and(eligible, own)
        end = rest
        if upto < 1 - 1e-6:
            # A half goes up, also where 0.85 * 10 is 8.499999.
            end = ops.floor(ops.cast(rest, "float32") * upto + 0.5001)
            end = ops.cast(end, "int32")
        yield ops.where(place < end - start, _draw(eligible, keys, count), -1)
        start = end


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


def _without_gaps(indices, count):
    """The first ``count`` that are not -1, in their order; -1 after the last."""
    total = indices.shape[-1]
    # Whole numbers, which float32 has exactly.
    earliest = ops.arange(total, 0, -1, dtype="float32")
    _, place = ops.top_k(ops.where(indices >= 0, earliest, 0), count)
    return ops.take_along_axis(indices, ops.cast(place, "int32"), axis=-1)
