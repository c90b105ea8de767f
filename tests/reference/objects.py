"""Scores of objects from dense masks, one object at a time."""

import numpy as np


def dense(objects):
    """A bool mask of the image's size for each object."""
    masks = []
    for frame, mask in zip(objects.frames, objects.masks, strict=True):
        whole = np.zeros(objects.size, bool)
        whole[frame[0] : frame[2], frame[1] : frame[3]] = mask > 0
        masks.append(whole)
    return masks


def mean_ap_r(images, num_classes, threshold, eleven_points):
    """mAP^r of (true, found) pairs by VOC's definition."""
    values = []
    for label in range(1, num_classes + 1):
        positives, listed = 0, []
        for n, (true, found) in enumerate(images):
            positives += int(((true.classes == label) & ~true.crowd).sum())
            for i in np.flatnonzero(found.classes == label):
                listed.append((-float(found.scores[i]), n, int(i)))
        if not positives:
            continue
        taken, right = set(), []
        for _, n, i in sorted(listed):
            verdict = judge(*images[n], i, threshold, {k for m, k in taken if m == n})
            if verdict is not None:
                right.append(verdict >= 0)
                taken.add((n, verdict))
        values.append(average_precision(right, positives, eleven_points))
    return np.mean(values)


def judge(true, found, i, threshold, taken):
    """The true object that a detection finds, -1 if none, None if it counts nowhere."""
    mask, best, best_iou, in_crowd = dense(found)[i], -1, 0.0, 0.0
    for k, other in enumerate(dense(true)):
        if true.classes[k] != found.classes[i]:
            continue
        both = (mask & other).sum()
        if true.crowd[k]:
            in_crowd = max(in_crowd, both / max(1, mask.sum()))
        elif both / (mask | other).sum() > best_iou:
            best, best_iou = k, both / (mask | other).sum()
    if best_iou >= threshold:
        return -1 if best in taken else best
    return None if in_crowd >= threshold else -1


def average_precision(right, positives, eleven_points):
    recall, precision, hits = [0], [], 0
    for n, hit in enumerate(right, 1):
        hits += hit
        recall.append(hits)
        precision.append(hits / n)
    at = recall[1:]

    def best(least):
        return max(
            (p for p, r in zip(precision, at, strict=True) if r >= least), default=0.0
        )

    if eleven_points:
        return sum(best(k * positives / 10 - 1e-9) for k in range(11)) / 11
    steps = zip(recall, at, strict=False)
    return sum((b - a) * best(b) for a, b in steps) / positives


def panoptic(images, num_classes):
    """{class: [sum of IoU, TP, FP, FN]} of (ids, classes, ids, classes, void)."""
    table = {k: [0.0, 0, 0, 0] for k in range(1, num_classes + 1)}
    for true_ids, true_classes, found_ids, found_classes, void in images:
        true = [k for k in range(1, len(true_classes) + 1) if (true_ids == k).any()]
        found = [k for k in range(1, len(found_classes) + 1) if (found_ids == k).any()]
        hit_true, hit_found = set(), set()
        for t in true:
            for f in found:
                a, b = true_ids == t, (found_ids == f) & ~void
                iou = (a & b).sum() / (a | b).sum()
                if true_classes[t - 1] == found_classes[f - 1] and iou > 0.5:
                    row = table[true_classes[t - 1]]
                    row[0] += iou
                    row[1] += 1
                    hit_true.add(t)
                    hit_found.add(f)
        for f in found:
            area = found_ids == f
            if f not in hit_found and (area & void).sum() / area.sum() <= 0.5:
                table[found_classes[f - 1]][2] += 1
        for t in true:
            if t not in hit_true:
                table[true_classes[t - 1]][3] += 1
    return table


def outside_crowds(true, found):
    """The positions of detections of which less than half is in a crowd of their class,
    where there is no true object."""
    masks = dense(true)
    alone = np.zeros(true.size, bool)
    for k, mask in enumerate(masks):
        if not true.crowd[k]:
            alone |= mask
    kept = []
    for i, mask in enumerate(dense(found)):
        inside = np.zeros(true.size, bool)
        for k, other in enumerate(masks):
            if true.crowd[k] and true.classes[k] == found.classes[i]:
                inside |= other & ~alone & mask
        if not mask.any() or inside.sum() / mask.sum() < 0.5:
            kept.append(i)
    return kept
