"""Naive NumPy twins of kseg.metrics: one pixel, one class, one pair at a time."""

from itertools import combinations, permutations

import numpy as np


def confusion_matrix(labels, predicted, num_classes, ignore_label=255):
    matrix = np.zeros((num_classes, num_classes), "int64")
    for truth, guess in zip(labels.ravel(), predicted.ravel(), strict=True):
        if truth != ignore_label:
            matrix[truth, guess] += 1
    return matrix


def semantic_scores(labels, predicted, num_classes, ignore_label=255):
    """From sets of pixels, without a matrix."""
    index = [i for i, t in enumerate(labels.ravel()) if t != ignore_label]
    truth = {i: int(labels.ravel()[i]) for i in index}
    guess = {i: int(predicted.ravel()[i]) for i in index}
    accuracy, iou, dice, weighted = [], [], [], 0.0
    for c in range(num_classes):
        t = {i for i in index if truth[i] == c}
        p = {i for i in index if guess[i] == c}
        accuracy.append(len(t & p) / len(t) if t else np.nan)
        iou.append(len(t & p) / len(t | p) if t | p else np.nan)
        dice.append(2 * len(t & p) / (len(t) + len(p)) if t or p else np.nan)
        weighted += len(t) * iou[-1] if t else 0.0
    right = sum(truth[i] == guess[i] for i in index)
    return {
        "pixel_accuracy": right / len(index) if index else np.nan,
        "mean_accuracy": _mean(accuracy),
        "mean_iou": _mean(iou),
        "frequency_weighted_iou": weighted / len(index) if index else np.nan,
        "mean_dice": _mean(dice),
        "accuracy": np.array(accuracy),
        "iou": np.array(iou),
        "dice": np.array(dice),
    }


def iou_table(true_ids, predicted_ids):
    """{(true id, predicted id): IoU} of the pairs that share a pixel; dense masks."""
    table = {}
    for t in np.unique(true_ids[true_ids > 0]):
        for p in np.unique(predicted_ids[predicted_ids > 0]):
            a, b = true_ids == t, predicted_ids == p
            if (a & b).any():
                table[int(t), int(p)] = (a & b).sum() / (a | b).sum()
    return table


def hits(true_ids, predicted_ids, threshold):
    """The most pairs with IoU at least the threshold, trying every assignment."""
    table = iou_table(true_ids, predicted_ids)
    rows = sorted({t for t, _ in table})
    columns = sorted({p for _, p in table})
    for size in range(min(len(rows), len(columns)), 0, -1):
        for chosen in combinations(rows, size):
            for order in permutations(columns, size):
                pairs = zip(chosen, order, strict=True)
                if all(table.get(pair, 0.0) >= threshold for pair in pairs):
                    return size
    return 0


def _mean(values):
    defined = [value for value in values if not np.isnan(value)]
    return sum(defined) / len(defined) if defined else np.nan
