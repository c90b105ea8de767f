"""Anchors: the boxes that a region proposal network moves. NumPy, being constants."""

from collections.abc import Sequence

import numpy as np

from kseg.checks import check_choice

RATIOS = (0.5, 1.0, 2.0)


def make_anchors(
    sizes: Sequence[float],
    ratios: Sequence[float],
    stride: float | tuple[float, float],
    shape: tuple[int, int],
    offset: float = 0.0,
    base: float | None = None,
    half_sides: str = "exact",
) -> np.ndarray:
    """Boxes of each size and ratio around every place of a feature map.

    ``w = size / sqrt(ratio)``, ``h = size * sqrt(ratio)``, around
    ``((i + offset) * stride, (j + offset) * stride)``.

    Args:
        sizes: Square roots of the areas, in pixels of the input.
        ratios: Heights over widths.
        stride: Pixels of the input between two places of the map, or those between
            rows and between columns.
        shape: (H, W) of the map.
        offset: Where in its stride an anchor has its centre: 0 is detectron2's default,
            0.5 the centre of the place, as in Faster R-CNN.
        base: Round the sides to whole pixels at this size, then scale them: 16 gives
            the boxes of the code of Faster R-CNN, MNC and FCIS, whose sizes are 16
            times 8, 16 and 32 there. None does not round.
        half_sides: "exact", or "rounded" to whole pixels, halves to even, as
            torchvision has them.

    Returns:
        (H*W*A, 4) float32 (y1, x1, y2, x2): rows, then columns, then the A anchors of a
        place, all ratios of the first size first. This is the order of a head's output
        (B, H, W, A*4) reshaped to (B, H*W*A, 4). Not clipped to the image.

    Raises:
        ValueError: A size, a ratio, ``stride`` or ``base`` is not above 0, there is no
            size or no ratio, ``shape`` has a negative length, ``offset`` is not in
            [0, 1], or ``half_sides`` is another word.

    Example:
        ``make_anchors((32,), (0.25, 1), 4, (1, 1))`` gives (-8, -32, 8, 32) and
        (-16, -16, 16, 16).

    Reference:
        Ren et al., Faster R-CNN, NIPS 2015, section 3.1.1.
    """
    _check(sizes, ratios, stride, shape, offset, base)
    check_choice("half_sides", half_sides, ("exact", "rounded"))
    sizes = np.asarray(sizes, np.float64)[:, None]
    ratios = np.asarray(ratios, np.float64)
    if base is None:
        widths, heights = sizes / np.sqrt(ratios), sizes * np.sqrt(ratios)
    else:
        width = np.round(base / np.sqrt(ratios))
        widths, heights = (sizes / base * w for w in (width, np.round(width * ratios)))
    halves = np.stack([heights.ravel(), widths.ravel()], axis=-1) / 2
    if half_sides == "rounded":
        halves = np.round(halves)
    around = np.concatenate([-halves, halves], axis=-1)
    steps = np.broadcast_to(stride, 2)
    rows, columns = (
        (np.arange(n) + offset) * step for n, step in zip(shape, steps, strict=True)
    )
    centres = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)
    places = np.tile(centres.reshape(-1, 1, 2), 2)
    return (places + around).reshape(-1, 4).astype(np.float32)


def make_pyramid_anchors(
    sizes: Sequence[float | Sequence[float]],
    ratios: Sequence[float],
    strides: Sequence[float | tuple[float, float]],
    shapes: Sequence[tuple[int, int]],
    offset: float = 0.0,
    base: float | None = None,
    half_sides: str = "exact",
) -> list[np.ndarray]:
    """``make_anchors`` for each level of a feature pyramid, finest first.

    Args:
        sizes: For each level its size or sizes; (32, 64, 128, 256, 512) in the paper.
        ratios: Heights over widths, the same for every level.
        strides: The stride of each level; (4, 8, 16, 32, 64) for P2 to P6.
        shapes: (H, W) of the map of each level.
        offset, base, half_sides: As in ``make_anchors``.

    Returns:
        For each level (H*W*A, 4) float32.

    Raises:
        ValueError: ``sizes``, ``strides`` and ``shapes`` are not equally many, or as
            ``make_anchors``.

    Reference:
        Lin et al., Feature Pyramid Networks, CVPR 2017, section 4.1.
    """
    if not len(sizes) == len(strides) == len(shapes):
        raise ValueError(
            "Each level has one entry in sizes, strides and shapes. Received: "
            f"{len(sizes)} sizes, {len(strides)} strides, {len(shapes)} shapes."
        )
    form = (offset, base, half_sides)
    return [
        make_anchors(np.atleast_1d(size), ratios, stride, shape, *form)
        for size, stride, shape in zip(sizes, strides, shapes, strict=True)
    ]


def _check(sizes, ratios, stride, shape, offset, base):
    lengths = [*sizes, *ratios, *np.ravel(stride), *([] if base is None else [base])]
    if not len(sizes) or not len(ratios) or not all(x > 0 for x in lengths):
        raise ValueError(
            "Expected at least one size and one ratio, and these, the stride and the "
            f"base above 0. Received: {sizes=}, {ratios=}, {stride=}, {base=}."
        )
    if len(shape) != 2 or min(shape) < 0:
        raise ValueError(f"shape must be the map's (H, W). Received: {shape=}.")
    if not 0 <= offset <= 1:
        raise ValueError(f"offset must be in [0, 1]. Received: {offset=}.")
