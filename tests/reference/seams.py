"""Objects of tiles made one, by the rules of kseg.predict.objects.seams, dense."""

import numpy as np

from tests.reference.objects import dense


def merge_tiles(parts, tiles, margin, near=2):
    """A list of (score, class, mask of the image's size), the highest score first."""
    height, width = parts[0].size
    pieces = []
    for t, (found, tile) in enumerate(zip(parts, tiles, strict=True)):
        window = np.zeros((height, width), bool)
        window[tile[0] : tile[2], tile[1] : tile[3]] = True
        for i, mask in enumerate(dense(found)):
            cut = lost = False
            for axis, length in enumerate((height, width)):
                low, high = found.boxes[i][axis], found.boxes[i][axis + 2]
                first, last = tile[axis], tile[axis + 2]
                if first > 0 and low < first + near:
                    cut, lost = True, lost or high <= first + margin
                if last < length and high > last - near:
                    cut, lost = True, lost or low >= last - margin
            if not lost:
                score, label = float(found.scores[i]), int(found.classes[i])
                pieces.append((t, score, label, mask, cut, window))
    pieces.sort(key=lambda piece: -piece[1])

    def rival(a, b):
        return a[0] == b[0] and a[2] == b[2] and half(a[3], b[3], a[3], b[3])

    def strangers(a, b):
        return a[0] != b[0] and a[2] == b[2]

    wholes = []
    for a in (p for p in pieces if not p[4]):
        same = [b for b in wholes if strangers(a, b)]
        if not any((a[3] & b[3]).sum() >= 0.5 * (a[3] | b[3]).sum() for b in same):
            wholes.append(a)
    left = [
        a
        for a in (p for p in pieces if p[4])
        if not any(
            2 * b[1] >= a[1] and 2 * (a[3] & b[3]).sum() >= a[3].sum()
            for b in wholes
            if strangers(a, b)
        )
    ]
    groups = []
    for a in left:
        own = [a]
        groups.append(own)
        earlier = [b for b in left[: where(left, a)] if strangers(a, b)]
        for b in earlier:
            other = next(g for g in groups if where(g, b) is not None)
            both = a[5] & b[5]
            if other is own or not half(a[3], b[3], a[3] & both, b[3] & both):
                continue
            if not any(rival(m, n) for m in own for n in other):
                own.extend(other)
                groups = [g for g in groups if g is not other]
    merged = [(a[1], a[2], a[3]) for a in wholes]
    for group in groups:
        mask = np.any([m[3] for m in group], axis=0)
        merged.append((max(m[1] for m in group), group[0][2], mask))
    return sorted(merged, key=lambda found: -found[0])


def half(a, b, seen_a, seen_b):
    both = (a & b).sum()
    return both > 0 and 2 * both >= min(seen_a.sum(), seen_b.sum())


def where(items, wanted):
    return next((n for n, item in enumerate(items) if item is wanted), None)
