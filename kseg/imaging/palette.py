"""Colours of classes."""

import colorsys

import numpy as np

_GOLDEN_ANGLE = 0.381966  # of a full turn; successive hues lie far apart


def default_palette(classes: int) -> tuple[tuple[int, int, int], ...]:
    """A colour for each class: black for 0, then hues one golden angle apart.

    Args:
        classes: 1 or more, background included.

    Returns:
        ``classes`` tuples (red, green, blue), 0..255, all different up to 256 classes.

    Raises:
        ValueError: There are no classes.
    """
    if classes < 1:
        raise ValueError(
            f"Expected 1 class or more. Received: classes={classes}. Count background."
        )
    colours = [(0, 0, 0)]
    for i in range(classes - 1):
        # The first hue is green; every turn of about 8 hues is darker than the last.
        rgb = colorsys.hsv_to_rgb(
            (1 / 3 + i * _GOLDEN_ANGLE) % 1, 0.85, 1 - 0.45 * (i // 8 % 4) / 3
        )
        colours.append(tuple(round(255 * value) for value in rgb))
    return tuple(colours)


def voc_palette(classes: int) -> tuple[tuple[int, int, int], ...]:
    """PASCAL VOC's colours: the bits of an index, spread over red, green and blue.

    Bit ``3 j + c`` of the index is bit ``7 - j`` of channel ``c``.

    Args:
        classes: 0 to 256; the first is black.

    Returns:
        ``classes`` tuples (red, green, blue), 0..255, all different.

    Raises:
        ValueError: There are more colours than the formula has.

    Example:
        1 is (128, 0, 0), 2 is (0, 128, 0), 3 is (128, 128, 0), 8 is (64, 0, 0).

    Reference:
        Everingham et al., PASCAL VOC development kit, VOClabelcolormap.m.
    """
    if not 0 <= classes <= 256:
        raise ValueError(f"Expected 0 to 256 colours. Received: classes={classes}.")
    return tuple(
        tuple(sum((i >> 3 * j + c & 1) << 7 - j for j in range(3)) for c in range(3))
        for i in range(classes)
    )


def colour_codes(colours: np.ndarray) -> np.ndarray:
    """Colours as numbers that can be compared: 0xRRGGBB.

    Args:
        colours: (..., 3) uint8, red, green, blue.

    Returns:
        (...,) int32.
    """
    red, green, blue = np.moveaxis(np.asarray(colours).astype(np.int32), -1, 0)
    return red << 16 | green << 8 | blue
