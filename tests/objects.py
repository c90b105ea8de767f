"""Objects of made-up images, for tests of scores, files and pictures."""

import numpy as np

from kseg.data.objects import Objects
from kseg.data.reading.annotation import Object
from kseg.predict import Detections


def rectangle(box, size, label=1, *, notch=False, crowd=False):
    """An Object that fills a box of whole pixels, or all but its first quarter."""
    y1, x1, y2, x2 = box
    mask = np.ones((y2 - y1, x2 - x1), np.uint8)
    if notch:
        mask[: (y2 - y1) // 2, : (x2 - x1) // 2] = 0
    return Object(label, mask, (y1, x1), np.float32(box), crowd)


def truth(boxes, labels, size, crowd=()):
    """Objects of rectangles; ``crowd`` lists which are one."""
    places = enumerate(zip(boxes, labels, strict=True))
    objects = [rectangle(b, size, k, crowd=i in crowd) for i, (b, k) in places]
    return Objects.from_objects(objects, size)


def detections(boxes, labels, scores, size):
    """Detections of rectangles."""
    frames = np.array(boxes, np.int32).reshape(-1, 4)
    shapes = frames[:, 2:] - frames[:, :2]
    return Detections(
        tuple(size),
        frames.astype(np.float32),
        np.array(scores, np.float32),
        np.array(labels, np.int32),
        frames,
        tuple(np.ones(shape, np.uint8) for shape in shapes),
    )


def random_pair(rng, size=(40, 56), classes=3, objects=6):
    """True objects, one of them perhaps a crowd, and noisy detections of them."""
    height, width = size
    boxes = []
    for _ in range(rng.integers(0, objects + 1)):
        y, x = rng.integers(0, height - 6), rng.integers(0, width - 6)
        h, w = rng.integers(4, 24, 2)
        boxes.append((y, x, min(height, y + h), min(width, x + w)))
    labels = rng.integers(1, classes + 1, len(boxes))
    crowd = {0} if len(boxes) > 3 and rng.random() < 0.5 else set()
    true = truth(boxes, labels, size, crowd)
    found, named = [], []
    for box, label in zip(boxes, labels, strict=True):
        for _ in range(rng.integers(0, 3)):
            y1, x1, y2, x2 = np.array(box) + rng.integers(-2, 3, 4)
            y1, x1 = max(0, y1), max(0, x1)
            found.append(
                (y1, x1, min(height, max(y2, y1 + 1)), min(width, max(x2, x1 + 1)))
            )
            named.append(label if rng.random() < 0.8 else rng.integers(1, classes + 1))
    scores = rng.integers(1, 20, len(found)) / 20  # with ties
    return true, detections(found, named, scores, size)
