"""Which of many boxes meet, and how many pixels their masks share."""

import numpy as np

from kseg.imaging.windows import part, shared_window

# Pairs looked at together.
_AT_A_TIME = 2**20


def meeting(boxes: np.ndarray) -> np.ndarray:
    """The pairs of boxes that share an area.

    Boxes are sorted by their first row; each is compared with those that begin before
    it ends. So the time grows with the boxes that lie beside one another.

    Args:
        boxes: (N, 4) (y1, x1, y2, x2), finite.

    Returns:
        (P, 2) int64, each pair once, the lower index first, in order.
    """
    boxes = np.asarray(boxes)
    order = np.argsort(boxes[:, 0], kind="stable")
    sorted_boxes = boxes[order]
    top, left, bottom, right = sorted_boxes.T
    after = np.searchsorted(top, bottom)  # the first that begins too late
    follow = np.maximum(after - np.arange(len(boxes)) - 1, 0)
    found, first = [np.zeros((0, 2), np.int64)], 0
    ends = np.cumsum(follow)
    while first < len(boxes):
        done = ends[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + _AT_A_TIME)))
        count = follow[first:last]
        i = np.repeat(np.arange(first, first + len(count)), count)
        start = np.repeat(np.cumsum(count) - count, count)
        j = i + 1 + np.arange(len(i)) - start
        low = np.maximum(left[i], left[j])
        meet = low < np.minimum(right[i], right[j])
        meet &= top[j] < np.minimum(bottom[i], bottom[j])
        found.append(order[np.stack([i[meet], j[meet]], axis=1)])
        first = last
    pairs = np.sort(np.concatenate(found), axis=1)
    return pairs[np.lexsort(pairs.T[::-1])]


def shared_pixels(a, i: int, b, k: int) -> int:
    """How many pixels two objects have in common.

    Args:
        a, b: ``kseg.predict.Detections`` of one image.
        i, k: An object of ``a``, one of ``b``.
    """
    window = shared_window(a.frames[i], b.frames[k])
    return int(np.count_nonzero(part(a, i, window) & part(b, k, window)))
