"""Objects of overlapping tiles made one again.

Neighbouring tiles share a strip. An object there is seen by both, perhaps only in part:
what comes within ``NEAR`` pixels of an edge of its tile that is no edge of the image
counts as cut. Only objects of one class and of different tiles are compared:

1. What is cut and lies within the margin of that edge is the neighbour's to see: drop.
2. Of whole ones with an IoU of ``SAME`` or more, the highest score stays.
3. A cut one of whose pixels a share of ``SAME`` lies in a whole one is dropped, unless
   the whole one has under half of its score.
4. Cut ones are joined, from the highest score on, where in the strip that both tiles
   see they share ``SAME`` of the smaller one's pixels. The union has the highest score.
   One that covers ``SAME`` of another of its own tile, or is so covered, is a rival of
   it: they are never joined, as two guesses about one place.

A network that finds the connected pieces of each tile is given, by these rules, those
of the whole image (tested), as long as pieces agree in the strip as in 4.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from kseg.imaging.windows import part, shared_window
from kseg.predict.objects.detections import Detections
from kseg.predict.objects.overlaps import meeting, shared_pixels

SAME = 0.5
NEAR = 2  # pixels: masks end a little before the edge that cuts them


def merge_tiles(
    parts: Sequence[Detections], tiles: Sequence[tuple], margin: int
) -> Detections:
    """The objects of an image from those of its tiles, by the rules above.

    Time grows with the objects and with the pairs of them that lie on one another.

    Args:
        parts: Of each tile, one or more, in the image (``Detections.placed``).
        tiles: (y1, x1, y2, x2) of each in the image.
        margin: Pixels: neighbours share twice as many or more.

    Returns:
        The objects, the highest score first.
    """
    if len(parts) == 1:
        return parts[0].above(-np.inf)
    found = Detections.joined(parts)
    owner = np.repeat(np.arange(len(parts)), [len(found) for found in parts])
    tiles = np.array(tiles, np.int64)
    cut, near = _at_edges(found, tiles[owner], margin)
    left = np.flatnonzero(~near)
    found, owner, cut = found.select(left), owner[left], cut[left]
    pairs = meeting(found.frames)
    pairs = pairs[found.classes[pairs[:, 0]] == found.classes[pairs[:, 1]]]
    beside = _neighbours(pairs, owner)
    whole = _best_wholes(found, owner, cut, beside)
    pieces = _not_covered(found, owner, cut, beside, whole)
    groups = _joined_pieces(found, owner, tiles, beside, pieces)
    alone = [group[0] for group in groups if len(group) == 1]
    unions = [_union(found, group) for group in groups if len(group) > 1]
    merged = Detections.joined([found.select([*whole, *alone]), *unions])
    return merged.above(-np.inf)


def _at_edges(found, tiles, margin):
    """Which objects are cut by their tile, and which of those lie within its margin."""
    height, width = found.size
    inner = tiles[:, :2] > 0, tiles[:, 2:] < (height, width)
    boxes = found.boxes
    cut = np.zeros(len(found), bool)
    near = np.zeros(len(found), bool)
    for axis in (0, 1):
        low, high = boxes[:, axis], boxes[:, axis + 2]
        first, last = tiles[:, axis], tiles[:, axis + 2]
        at_first = inner[0][:, axis] & (low < first + NEAR)
        at_last = inner[1][:, axis] & (high > last - NEAR)
        cut |= at_first | at_last
        near |= at_first & (high <= first + margin)
        near |= at_last & (low >= last - margin)
    return cut, near


def _neighbours(pairs, owner):
    """Of each object those that its frame meets: of other tiles, and of its own."""
    beside = defaultdict(lambda: ([], []))
    for i, k in pairs.tolist():
        own = int(owner[i] == owner[k])
        beside[i][own].append(k)
        beside[k][own].append(i)
    return beside


def _ranked(found, chosen):
    """Indices, the highest score first; of equal ones the first."""
    chosen = np.asarray(chosen, np.int64)
    return chosen[np.argsort(-found.scores[chosen], kind="stable")].tolist()


def _best_wholes(found, owner, cut, beside):
    areas, kept = found.areas, set()
    for i in _ranked(found, np.flatnonzero(~cut)):
        for k in beside[i][0]:
            if k in kept:
                both = shared_pixels(found, i, found, k)
                if both and both >= SAME * (areas[i] + areas[k] - both):
                    break
        else:
            kept.add(i)
    return sorted(kept)


def _not_covered(found, owner, cut, beside, whole):
    areas, whole, left = found.areas, set(whole), []
    for i in np.flatnonzero(cut).tolist():
        over = (
            k
            for k in beside[i][0]
            if k in whole and 2 * found.scores[k] >= found.scores[i]
        )
        if not any(shared_pixels(found, i, found, k) >= SAME * areas[i] for k in over):
            left.append(i)
    return left


def _joined_pieces(found, owner, tiles, beside, pieces):
    """Lists of the indices that are one object."""
    # Of each piece its group: the members, and the rivals of all of them.
    groups = {}
    for i in _ranked(found, pieces):
        groups[i] = own = [i], _rivals(found, i, beside[i][1])
        for k in _ranked(found, [k for k in beside[i][0] if k in groups]):
            other = groups[k]
            if other is own or not own[1].isdisjoint(other[0]):
                continue
            if _agree(found, i, k, tiles[owner[i]], tiles[owner[k]]):
                own[0].extend(other[0])
                own[1].update(other[1])
                groups.update((member, own) for member in other[0])
    return list({id(group): group[0] for group in groups.values()}.values())


def _rivals(found, i, others):
    """Those of the same tile that lie half on it, or it half on them."""
    area = found.masks[i].sum()
    return {
        k
        for k in others
        if shared_pixels(found, i, found, k) >= SAME * min(area, found.masks[k].sum())
    }


def _agree(found, i, k, tile, other):
    """Whether two pieces are of one object, by what both tiles see."""
    strip = shared_window(tile, other)
    seen = (np.count_nonzero(part(found, n, strip)) for n in (i, k))
    both = shared_pixels(found, i, found, k)
    return both > 0 and both >= SAME * min(seen)


def _union(found, group):
    """One object of all pixels of some."""
    group = sorted(group, key=lambda i: (-found.scores[i], i))
    frames, boxes = found.frames[group], found.boxes[group]
    top, left = frames[:, :2].min(axis=0)
    bottom, right = frames[:, 2:].max(axis=0)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    for i, (y1, x1, y2, x2) in zip(group, frames, strict=True):
        mask[y1 - top : y2 - top, x1 - left : x2 - left] |= found.masks[i]
    box = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
    return Detections(
        found.size,
        box[None],
        found.scores[group[:1]],
        found.classes[group[:1]],
        np.array([[top, left, bottom, right]], np.int32),
        (mask,),
    )
