"""COCO's run lengths, straight from the part of an image that holds the mask."""

import numpy as np


def encode_rle(mask: np.ndarray, frame: np.ndarray, size: tuple[int, int]) -> dict:
    """A mask's run lengths in the whole image, without a mask of that size.

    Runs go down the columns and begin with the background. The text is the one that
    pycocotools gives.

    Args:
        mask: (h, w), 0 is background.
        frame: (y1, x1, y2, x2) of the mask in the image, integers; nothing is set
            outside it. Of the mask's size.
        size: (H, W) of the image.

    Returns:
        ``{"size": [H, W], "counts": str}``, as JSON and pycocotools take it.

    Raises:
        ValueError: The frame is not of the mask's size, or leaves the image.

    Example:
        The middle one of three pixels:

        >>> encode_rle(np.ones((1, 1)), (1, 0, 2, 1), (3, 1))
        {'size': [3, 1], 'counts': '111'}
    """
    top, left, bottom, right = (int(n) for n in frame)
    height, width = (int(n) for n in size)
    inside = 0 <= top <= bottom <= height and 0 <= left <= right <= width
    if not inside or mask.shape != (bottom - top, right - left):
        raise ValueError(
            "Expected a frame (y1, x1, y2, x2) of the mask's size inside the image. "
            f"Received: frame={(top, left, bottom, right)}, mask={mask.shape}, "
            f"size={(height, width)}."
        )
    columns = np.zeros((right - left, bottom - top + 2), bool)
    columns[:, 1:-1] = mask.T
    column, row = np.nonzero(columns[:, 1:] != columns[:, :-1])
    edges = (left + column) * height + top + row
    # Where a run reaches the foot of a column and goes on at the head of the next,
    # its end and the other's start are one place, and no edge.
    meets = edges[1:] == edges[:-1]
    edges = edges[~(np.append(meets, False) | np.append(False, meets))[: len(edges)]]
    whole = height * width
    ends = edges if len(edges) and edges[-1] == whole else np.append(edges, whole)
    counts = np.diff(ends, prepend=0).astype(np.int64)
    return {"size": [height, width], "counts": _text(counts)}


def _text(counts: np.ndarray) -> str:
    """Six bits a character from "0" on: five of the number, the lowest first, then
    whether more follow. From the fourth on, each is the difference to the last but
    one."""
    left = counts.copy()
    left[3:] -= counts[1:-2]
    going = np.ones(len(counts), bool)
    characters = []
    while going.any():
        bits = left & 31
        left >>= 5
        # The fifth bit is the sign of what is left.
        done = left == np.where(bits & 16, -1, 0)
        characters.append(np.where(going, bits + 48 + 32 * ~done, 0))
        going &= ~done
    text = np.stack(characters, axis=1).astype(np.uint8)
    return text[text > 0].tobytes().decode("ascii")
