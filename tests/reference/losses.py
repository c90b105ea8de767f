"""Naive NumPy twins of kseg.losses: loops over pixels, float64, the definitions.

An ignored pixel is dropped, and a pixel of (whole) weight n is repeated n times: so the
oracles know neither masks nor weights.
"""

import math

import numpy as np


def softmax(row):
    powers = [math.exp(value - max(row)) for value in row]
    return [power / sum(powers) for power in powers]


def pixel_list(labels, logits, weights=None, ignore_label=255):
    """[(label, probabilities)] of the pixels that count, in order, with repetition."""
    pixels = []
    for index in np.ndindex(labels.shape):
        label = int(labels[index])
        if label != ignore_label:
            times = 1 if weights is None else int(weights[index])
            pixels += [(label, softmax(list(logits[index])))] * times
    return pixels


def cross_entropy(pixels, class_weights=None):
    """Sum over pixels, not yet divided."""
    return focal(pixels, gamma=0.0, class_weights=class_weights)


def focal(pixels, gamma, class_weights=None):
    total = 0.0
    for label, p in pixels:
        weight = 1.0 if class_weights is None else class_weights[label]
        total += weight * (1.0 - p[label]) ** gamma * -math.log(p[label])
    return total


def counted_classes(pixels, num_classes, classes):
    if classes == "all":
        return list(range(num_classes))
    if classes == "present":
        return sorted({label for label, _ in pixels})
    return list(classes)


def tversky(pixels, num_classes, alpha, beta, smooth, classes):
    """Salehi et al., Eq. 3, class by class."""
    losses = []
    for c in counted_classes(pixels, num_classes, classes):
        tp = sum(p[c] for label, p in pixels if label == c)
        fp = sum(p[c] for label, p in pixels if label != c)
        fn = sum(1.0 - p[c] for label, p in pixels if label == c)
        below = tp + alpha * fp + beta * fn + smooth
        losses.append(1.0 - (tp + smooth) / below if below else 0.0)
    return sum(losses) / len(losses) if losses else 0.0


def dice(pixels, num_classes, smooth, classes):
    """1 - (2 sum pg + s) / (sum p + sum g + s), class by class."""
    losses = []
    for c in counted_classes(pixels, num_classes, classes):
        both = sum(p[c] for label, p in pixels if label == c)
        size = sum(p[c] for _, p in pixels) + sum(label == c for label, _ in pixels)
        below = size + smooth
        losses.append(1.0 - (2.0 * both + smooth) / below if below else 0.0)
    return sum(losses) / len(losses) if losses else 0.0


def lovasz(pixels, num_classes, classes):
    """Berman et al., Eqs. 7 to 9, with sets: J(M) = |M| / |truth or M|, J({}) = 0."""
    losses = []
    for c in counted_classes(pixels, num_classes, classes):
        truth = {i for i, (label, _) in enumerate(pixels) if label == c}
        errors = [1.0 - p[c] if i in truth else p[c] for i, (_, p) in enumerate(pixels)]
        order = sorted(range(len(pixels)), key=lambda i: -errors[i])
        total, before = 0.0, 0.0
        for count in range(1, len(order) + 1):
            wrong = set(order[:count])
            jaccard = len(wrong) / len(truth | wrong)
            total += errors[order[count - 1]] * (jaccard - before)
            before = jaccard
        losses.append(total)
    return sum(losses) / len(losses) if losses else 0.0
