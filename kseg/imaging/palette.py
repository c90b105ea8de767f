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


def colour_codes(colours: np.ndarray) -> np.ndarray:
    """Colours as numbers that can be compared: 0xRRGGBB.

    Args:
        colours: (..., 3) uint8, red, green, blue.

    Returns:
        (...,) int32.
    """
    red, green, blue = np.moveaxis(np.asarray(colours).astype(np.int32), -1, 0)
    return red << 16 | green << 8 | blue
