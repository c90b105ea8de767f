"""Stand-ins for networks, and what they answered: of tools/make_web_golden.py."""

import hashlib

import cv2
import numpy as np

from kseg.predict.labels.tiling import Geometry


class Labels:
    """Gray levels as classes; the tile's own frame is the last class.

    So a result says which pixels of which tile were kept.
    """

    batch = 1

    def __init__(self, metadata):
        output, tiling = metadata["output"], metadata["tiling"]
        self.size, self.offset = output["size"], output["offset"]
        self.scores = output["kind"] == "logits"
        self.name = output["name"]
        self.geometry = Geometry(
            tuple(metadata["input"]["size"]),
            tuple(output["size"]),
            tuple(output["offset"]),
            tiling["stride"],
            tiling["margin"],
        )

    def __call__(self, tiles):
        (top, left), (height, width) = self.offset, self.size
        gray = tiles[0, top : top + height, left : left + width].mean(axis=-1)
        labels = np.where(gray > 120, 1, np.where(gray > 80, 2, 0)).astype(np.uint8)
        labels[[0, -1]] = labels[:, [0, -1]] = 2
        if not self.scores:
            return labels[None]
        # Multiples of 1/8, with ties: the first of the largest is taken.
        level = (gray // 8).astype(np.float32) / 8
        logits = np.stack([level, 4 - level, np.float32(labels == 2) * 2], axis=-1)
        return logits[None]

    def outputs(self, found):
        return {self.name: found[0]}


class Objects:
    """Bright pieces with boxes that are a little off, and soft square masks."""

    NAMES = ("boxes", "scores", "classes", "masks", "count")
    MOST, SIDE = 24, 8
    batch = 1

    def __init__(self, metadata):
        self.size = tuple(metadata["input"]["size"])

    def __call__(self, tiles):
        gray = tiles[0].mean(axis=-1)
        bright = (gray > 125).astype(np.uint8)
        count, ids, stats, _ = cv2.connectedComponentsWithStats(bright, connectivity=8)
        count = min(count - 1, self.MOST)
        shapes = {"boxes": (4,), "masks": (self.SIDE, self.SIDE)}
        found = {
            name: np.zeros((self.MOST, *shapes.get(name, ())), np.float32)
            for name in self.NAMES[:4]
        }
        found["classes"] = found["classes"].astype(np.int32)
        for n in range(count):
            x, y, w, h, area = stats[n + 1].tolist()
            box = np.array([y, x, y + h, x + w], np.float32)
            found["boxes"][n] = box + np.float32([-0.25, 0.125, 0.375, -0.0625])
            found["scores"][n] = min(area, 250) / 256
            found["classes"][n] = 1 + (area % 5 == 0)
            piece = (ids[y : y + h, x : x + w] == n + 1).astype(np.float32)
            side = (self.SIDE, self.SIDE)
            mask = cv2.resize(piece, side, interpolation=cv2.INTER_AREA)
            found["masks"][n] = np.rint(mask * 16) / 16
        found["count"] = np.int32(count)
        return {name: np.asarray(value)[None] for name, value in found.items()}

    def outputs(self, found):
        return {name: np.atleast_1d(value[0]) for name, value in found.items()}


class AtThreshold(Objects):
    """Masks of values at, just below and just above the threshold.

    Their boxes are of as many pixels as the masks have cells, so each value is asked
    as it is.
    """

    def __init__(self, metadata):
        super().__init__(metadata)
        at = np.float32(metadata["mask_threshold"])
        self._values = [np.nextafter(at, at + side) for side in (-1, 0, 1)] + [0, 1]

    def __call__(self, tiles):
        random, shape = np.random.default_rng(5), (self.MOST, self.SIDE, self.SIDE)
        corners = np.stack(np.divmod(np.arange(self.MOST), 5), axis=1) * (self.SIDE, 9)
        return {
            "boxes": np.float32(np.hstack([corners, corners + self.SIDE]))[None],
            "scores": np.linspace(1, 0.5, self.MOST, dtype=np.float32)[None],
            "classes": np.ones((1, self.MOST), np.int32),
            "masks": random.choice(np.float32(self._values), shape)[None],
            "count": np.int32([self.MOST]),
        }


class Recorded:
    """A network that remembers what it was given and what it gave."""

    def __init__(self, network):
        self._network = network
        self._answers = {}

    def __getattr__(self, name):
        return getattr(self._network, name)

    def __call__(self, tiles):
        found = self._network(tiles)
        key = hashlib.sha256(np.ascontiguousarray(tiles[0]).tobytes()).hexdigest()
        self._answers[key] = self._network.outputs(found)
        return found

    def runs(self, pack):
        """By the sha256 of the pixels, the outputs by name."""
        return {
            key: {name: pack(value) for name, value in outputs.items()}
            for key, outputs in self._answers.items()
        }
