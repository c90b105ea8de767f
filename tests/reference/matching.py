"""Naive oracles of matching and sampling: one anchor, one draw at a time."""

import math

import numpy as np


def match(
    iou,
    valid,
    positive,
    negative,
    negative_from=0.0,
    keep_best=True,
    candidates=None,
):
    """Of one image, IoU (N, G)."""
    index = np.zeros(len(iou), int)
    label = np.zeros(len(iou), int)
    columns = [g for g in range(len(valid)) if valid[g]]
    rows = [n for n in range(len(iou)) if candidates is None or candidates[n]]
    for n in range(len(iou)):
        if n not in rows:
            label[n] = -1
        elif columns:
            best = max(iou[n, g] for g in columns)
            index[n] = next(g for g in columns if iou[n, g] == best)
            if best >= positive:
                label[n] = 1
            elif best >= negative or best < negative_from:
                label[n] = -1
    for g in columns if keep_best else []:
        best = max((iou[n, g] for n in rows), default=0)
        for n in rows:
            if best > 0 and iou[n, g] == best:
                label[n] = 1
    return index, label


def sample(labels, keys, count, most, bands=None, shares=(1,), refill=None):
    """Of one image: in the order of the keys, largest first."""
    order = sorted(range(len(labels)), key=lambda n: -keys[n])
    drawn = [n for n in order if labels[n] == 1][:most]
    rest, start = count - len(drawn), 0
    for b in range(len(shares)):
        end = math.floor(rest * sum(shares[: b + 1]) + 0.5 + 1e-9)
        of_band = [
            n for n in order if labels[n] == 0 and (bands is None or bands[n] == b)
        ]
        drawn += of_band[: end - start]
        start = end
    if refill is not None:
        others = [n for n in order if refill[n] and n not in drawn]
        drawn += others[: count - len(drawn)]
    unused = count - len(drawn)
    return drawn + [0] * unused, [1] * len(drawn) + [0] * unused
