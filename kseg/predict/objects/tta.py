"""Objects found in the views of an image, made one result.

From the highest score on, an object takes to itself, of each other view, the one of its
class that it overlaps most (mask IoU of ``SAME`` or more) and that no other has taken.
Of those n of V views:

- score: their sum over V, so that what few views see counts little;
- box: their mean, weighted by the scores;
- mask: the pixels that at least half of the n have.

Reference: Solovyev, Wang and Gabruseva, "Weighted boxes fusion", Image and Vision
Computing 2021, for scores and boxes.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from kseg.predict.objects.detections import Detections
from kseg.predict.objects.overlaps import meeting, shared_pixels

SAME = 0.5


def views(image: np.ndarray, turns: bool) -> list[np.ndarray]:
    """An image and its mirror image; with ``turns`` of all four quarter turns.

    Args:
        image: (H, W, C).
        turns: Whether up may become down.

    Returns:
        2 or 8 views; view 2 q + f is turned by q quarters, then flipped if f is 1.
    """
    turned = [np.rot90(image, quarters) for quarters in range(4 if turns else 1)]
    return [view for pixels in turned for view in (pixels, pixels[:, ::-1])]


def fuse(found: Sequence[Detections]) -> Detections:
    """One result of the results of all views, by the rules above.

    Args:
        found: Of each of `views`, in its pixels.

    Returns:
        The objects in the image, the highest score first.
    """
    upright = []
    for n, result in enumerate(found):
        result = result.flip() if n % 2 else result
        upright.append(result.turn(-(n // 2)))
    return merge_views(upright)


def merge_views(found: Sequence[Detections]) -> Detections:
    """One result of several of one image.

    Args:
        found: V results, each in the image's own pixels.

    Returns:
        The objects, the highest score first.
    """
    every = Detections.joined(found)
    view = np.repeat(np.arange(len(found)), [len(result) for result in found])
    overlaps = _overlaps(every, view)
    taken = np.zeros(len(every), bool)
    merged = []
    for i in np.argsort(-every.scores, kind="stable").tolist():
        if taken[i]:
            continue
        best = {int(view[i]): (np.inf, i)}
        for iou, k in overlaps[i]:
            of_view = int(view[k])
            if not taken[k] and (of_view not in best or iou > best[of_view][0]):
                best[of_view] = iou, k
        group = sorted(k for _, k in best.values())
        taken[group] = True
        merged.append(_mean(every, group, len(found)))
    if not merged:
        return every
    return Detections.joined(merged).above(-np.inf)


def _overlaps(every, view):
    """Of each object (IoU, other) of those of other views that are like it."""
    areas, like = every.areas, defaultdict(list)
    pairs = meeting(every.frames)
    same = every.classes[pairs[:, 0]] == every.classes[pairs[:, 1]]
    for i, k in pairs[same & (view[pairs[:, 0]] != view[pairs[:, 1]])].tolist():
        both = shared_pixels(every, i, every, k)
        if both and both >= SAME * (areas[i] + areas[k] - both):
            iou = both / (areas[i] + areas[k] - both)
            like[i].append((iou, k))
            like[k].append((iou, i))
    return like


def _mean(every, group, count):
    scores, frames = every.scores[group], every.frames[group]
    weights = np.maximum(scores, np.finfo(np.float32).tiny)
    box = np.average(every.boxes[group].astype(np.float64), axis=0, weights=weights)
    top, left = frames[:, :2].min(axis=0)
    bottom, right = frames[:, 2:].max(axis=0)
    votes = np.zeros((bottom - top, right - left), np.int32)
    for i, (y1, x1, y2, x2) in zip(group, frames, strict=True):
        votes[y1 - top : y2 - top, x1 - left : x2 - left] += every.masks[i]
    return Detections(
        every.size,
        box.astype(np.float32)[None],
        np.array([scores.sum(dtype=np.float64) / count], np.float32),
        every.classes[group[:1]],
        np.array([[top, left, bottom, right]], np.int32),
        ((2 * votes >= len(group)).astype(np.uint8),),
    )
