"""A network that finds the connected pieces of what it sees, in place of a trained one.

A piece's pixels are 8-connected, of one gray value v > 0 in the first channel: its
class is v // 100 + 1, its score (v % 100) / 100. Masks are exact: m is so large that a
frame of h x w pixels comes back from the m x m probabilities to the pixel.
"""

import cv2
import numpy as np

from kseg.predict import Detections


def components(image):
    """The Detections of a whole image, the highest score first."""
    parts = []
    gray = image if image.ndim == 2 else image[..., 0]
    for value in np.unique(gray[gray > 0]).tolist():
        mask = (gray == value).astype(np.uint8)
        count, ids, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        for n in range(1, count):
            x, y, w, h = stats[n, :4].tolist()
            frame = np.array([[y, x, y + h, x + w]], np.int32)
            piece = (ids[y : y + h, x : x + w] == n).astype(np.uint8)
            parts.append(
                Detections(
                    gray.shape,
                    frame.astype(np.float32),
                    np.float32([value % 100 / 100]),
                    np.int32([value // 100 + 1]),
                    frame,
                    (piece,),
                )
            )
    none = Detections(
        gray.shape,
        np.zeros((0, 4), np.float32),
        np.zeros(0, np.float32),
        np.zeros(0, np.int32),
        np.zeros((0, 4), np.int32),
        (),
    )
    return Detections.joined([none, *parts]).above(0)


def as_set(found):
    """What can be compared whatever the order: class, score, frame and mask."""
    return sorted(
        (int(k), round(float(s), 6), *tight(frame, mask))
        for k, s, frame, mask in zip(
            found.classes, found.scores, found.frames, found.masks, strict=True
        )
    )


def tight(frame, mask):
    """The smallest frame around a mask, and its pixels as bytes."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, left = int(frame[0] + rows[0]), int(frame[1] + columns[0])
    inner = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return top, left, inner.shape, np.ascontiguousarray(inner).tobytes()


class FakeNetwork:
    """Finds the pieces of each of a batch of images of one size.

    Args:
        size: (H, W).
        batch: Images per call at most.
        most: D.
    """

    def __init__(self, size, batch=2, most=100):
        self.size, self.batch, self.most = tuple(size), batch, most
        self.calls = []

    def __call__(self, images):
        assert images.shape[1:3] == self.size and images.dtype == np.uint8
        assert len(images) <= self.batch
        self.calls.append(len(images))
        side = 2 * max(self.size)
        shape = (len(images), self.most)
        found = {
            "boxes": np.zeros((*shape, 4), np.float32),
            "scores": np.zeros(shape, np.float32),
            "classes": np.zeros(shape, np.int32),
            "count": np.zeros(len(images), np.int32),
            "masks": [],
        }
        for n, image in enumerate(images):
            objects = components(image)
            count = min(len(objects), self.most)
            found["count"][n] = count
            for name in ("boxes", "scores", "classes"):
                found[name][n, :count] = getattr(objects, name)[:count]
            found["masks"].append(Crops(objects.masks[:count], side))
        return found


class Crops:
    """(N, m, m) of masks enlarged by whole pixels, made when they are asked for."""

    def __init__(self, masks, side):
        self.masks, self.side = masks, side

    def __array__(self, dtype=None, copy=None):
        large = [
            cv2.resize(mask, (self.side,) * 2, interpolation=cv2.INTER_NEAREST)
            for mask in self.masks
        ]
        shape = (len(large), self.side, self.side)
        return np.array(large, np.float32).reshape(shape).astype(dtype or np.float32)
