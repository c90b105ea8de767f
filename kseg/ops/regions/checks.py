"""What the ways of pooling regions have in common: their arguments."""

from keras import ops

from kseg.ops.boxes.geometry import as_float


def check_regions(features, boxes, size, scale) -> tuple[int, int]:
    """``size`` as (h, w).

    Raises:
        ValueError: ``features`` are not (B, H, W, C), ``boxes`` not (B, R, 4) with R
            known, a length of ``size`` is below 1, or ``scale`` is not above 0.
    """
    if len(features.shape) != 4:
        raise ValueError(
            "features must be (B, H, W, C). Received: "
            f"features.shape={tuple(features.shape)}."
        )
    if len(boxes.shape) != 3 or boxes.shape[1] is None or boxes.shape[2] != 4:
        raise ValueError(
            "boxes must be (B, R, 4), R known when the graph is built. Received: "
            f"boxes.shape={tuple(boxes.shape)}."
        )
    if not scale > 0:
        raise ValueError(f"A scale or stride must be above 0. Received: {scale}.")
    return as_size(size)


def known_sides(features) -> tuple[int, int]:
    """(H, W) of features.

    Raises:
        ValueError: They are not known when the graph is built.
    """
    sides = tuple(features.shape[1:3])
    if None in sides:
        raise ValueError(
            "The height and width of features must be known when the graph is built. "
            f"Received: features.shape={tuple(features.shape)}."
        )
    return sides


def as_size(size) -> tuple[int, int]:
    """(h, w) of a size that is one int or two."""
    pair = (size, size) if isinstance(size, int) else tuple(size)
    if len(pair) != 2 or not all(isinstance(n, int) and n >= 1 for n in pair):
        raise ValueError(
            f"size must be an int or (height, width), from 1. Received: {size!r}."
        )
    return pair


def as_rows(boxes):
    """Boxes (B, R, 4) as (B*R, 4), float32 or float64."""
    (boxes,) = as_float(boxes)
    return ops.reshape(boxes, (-1, 4))
