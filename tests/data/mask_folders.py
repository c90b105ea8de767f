"""Small data folders whose masks are drawn alike and saved in different ways."""

import numpy as np

from tests.data.folders import image, png, write

BLACK, RED, GREEN, WHITE = (0, 0, 0), (200, 0, 0), (0, 200, 0), (255, 255, 255)
RED_ROWS, GREEN_ROWS = slice(5, 9), slice(12, 18)
COLOURED = ("ground 0 0 0", "green 0 200 0", "red 200 0 0")


def data(root, masks, classes=None, ending=".png"):
    """A folder of these masks, each an array or a function that writes a file."""
    for i, mask in enumerate(masks):
        write(root / "images" / f"{i}.png", image(i, (20, 24)))
        path = root / "masks" / f"{i}{ending}"
        path.parent.mkdir(exist_ok=True)
        mask(path) if callable(mask) else write(path, mask)
    if classes:
        (root / "classes.txt").write_text("\n".join(classes) + "\n")
    return root


def drawn(red=1, green=2, ground=0):
    mask = np.full((20, 24), ground, np.uint8)
    mask[RED_ROWS], mask[GREEN_ROWS] = red, green
    return mask


def palette(mask, *colours):
    return lambda path: png(path, mask, 8, 3, bytes(v for c in colours for v in c))


def grays(mask, *values):
    return palette(mask, *((v, v, v) for v in values))


def labels(dataset, index=0):
    """Of the ground, of what is red, and of what is green."""
    target = dataset.target(index)
    return [int(target[0, 0]), int(target[5, 0]), int(target[12, 0])]
