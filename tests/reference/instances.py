"""Connected pieces and holes, pixel by pixel."""

import numpy as np

CROSS = ((-1, 0), (1, 0), (0, -1), (0, 1))
SQUARE = (*CROSS, (-1, -1), (-1, 1), (1, -1), (1, 1))


def pieces(mask, steps):
    """(H, W) ids of the connected pieces of a mask, 1.. in order of first pixels."""
    ids = np.zeros(mask.shape, int)
    for y, x in np.argwhere(mask):
        if ids[y, x]:
            continue
        ids[y, x] = ids.max() + 1
        stack = [(y, x)]
        while stack:
            here = stack.pop()
            for step in steps:
                there = (here[0] + step[0], here[1] + step[1])
                inside = all(0 <= p < n for p, n in zip(there, mask.shape, strict=True))
                if inside and mask[there] and not ids[there]:
                    ids[there] = ids[here]
                    stack.append(there)
    return ids


def fill_holes(ids):
    """Background that does not reach the edge and has one object around it."""
    filled = ids.copy()
    holes = pieces(ids == 0, CROSS)
    for hole in range(1, holes.max() + 1):
        places = np.argwhere(holes == hole)
        owners, inside = set(), True
        for y, x in places:
            for dy, dx in CROSS:
                if not (0 <= y + dy < ids.shape[0] and 0 <= x + dx < ids.shape[1]):
                    inside = False
                elif ids[y + dy, x + dx]:
                    owners.add(int(ids[y + dy, x + dx]))
        if inside and len(owners) == 1:
            filled[holes == hole] = owners.pop()
    return filled


def components(labels, classes, min_area):
    """`kseg.predict.labels.separate.component_objects`, the long way."""
    ids = np.zeros(labels.shape, int)
    for class_id in classes:
        found = pieces(labels == class_id, SQUARE)
        for piece in range(1, found.max() + 1):
            if (found == piece).sum() >= min_area:
                ids[found == piece] = ids.max() + 1
    return fill_holes(ids)
