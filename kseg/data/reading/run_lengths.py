"""COCO's run lengths, as annotations hold them; ``kseg.imaging.rle`` writes them."""

import math

import numpy as np

from kseg.data.reading.json_file import numbers


def decode_rle(code: object, size: tuple[int, int]) -> np.ndarray | None:
    """The mask of COCO's run lengths, as a list or as a compressed string.

    Runs go down the columns and begin with the background. Decoded here because
    pycocotools does not check where a damaged string leads.

    Args:
        code: ``{"size": [H, W], "counts": ...}``, or anything else.
        size: (H, W) of the image.

    Returns:
        (H, W) uint8 {0, 1}; None if it is no mask of that size.
    """
    stated = numbers(code.get("size"), 2) if isinstance(code, dict) else None
    if stated is None or tuple(stated) != tuple(size):
        return None
    counts = code.get("counts")
    if isinstance(counts, str | bytes):
        counts = _runs(counts)
    counts = numbers(counts)
    if counts is None or (counts < 0).any() or counts.sum() != math.prod(size):
        return None
    values = np.arange(len(counts), dtype=np.uint8) & 1
    return np.repeat(values, counts.astype(np.int64)).reshape(size[::-1]).T


def _runs(text: str | bytes) -> list[int] | None:
    """The run lengths in a compressed string.

    Six bits a character from "0" on: five of the number, the lowest first, and whether
    more follow. From the fourth on, each is the difference to the last but one.
    """
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    runs: list[int] = []
    value, shift = 0, 0
    for byte in data:
        bits = byte - 48
        if not 0 <= bits < 64 or shift > 30:
            return None
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:  # negative
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value, shift = 0, 0
    return None if shift else runs
