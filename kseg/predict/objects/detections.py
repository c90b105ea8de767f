"""The objects that a network found in one image: what every score and picture takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kseg.imaging.rle import encode_rle
from kseg.predict.objects.paste import check_finite, paste_masks


@dataclass(frozen=True, eq=False)
class Detections:
    """N objects in an image of H x W pixels; no arrays of that size are kept.

    Boxes and frames are (y1, x1, y2, x2) in pixels, half-open: the first pixel covers
    [0, 1) x [0, 1). Everything of a mask lies in its frame.

    Args:
        size: (H, W).
        boxes: (N, 4) float32, inside the image.
        scores: (N,) float32.
        classes: (N,) int32, 1 to K.
        frames: (N, 4) int32, inside the image.
        masks: uint8 {0, 1}, each of the size of its frame; one may hold no 1.
    """

    size: tuple[int, int]
    boxes: np.ndarray
    scores: np.ndarray
    classes: np.ndarray
    frames: np.ndarray
    masks: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.masks)

    @classmethod
    def from_output(
        cls,
        output: Mapping[str, np.ndarray],
        size: tuple[int, int],
        *,
        place: tuple[int, int, int, int] | None = None,
        rule: str = "sample",
        threshold: float = 0.5,
    ) -> "Detections":
        """What a network gave for one image, in that image's own pixels.

        Args:
            output: ``boxes`` (N, 4), ``scores`` (N,), ``classes`` (N,), ``masks``
                (N, m, m) probabilities in the frames of the boxes, and ``count``:
                how many of the N are there. Boxes in pixels of the network's input.
            size: (H, W) of the image.
            place: (top, left, height, width) of the image in the network's input, as
                ``kseg.imaging.letterbox`` gives it; None: it is the input.
            rule: How masks are rendered, see
                ``kseg.predict.objects.paste.paste_masks``.
            threshold: Likewise.

        Returns:
            The detections. Masks are rendered from the boxes as they were, then boxes
            are cut to the image; one that lay outside altogether is dropped.

        Raises:
            ValueError: Arrays that do not fit each other, or a box that is not finite.
        """
        boxes = np.asarray(output["boxes"], np.float64)
        count = int(np.asarray(output["count"]).reshape(()))
        if not 0 <= count <= len(boxes):
            raise ValueError(
                f"Expected a count of 0 to {len(boxes)}, as there are boxes. "
                f"Received: {count}."
            )
        boxes = boxes[:count]
        check_finite(boxes)  # a NaN would be dropped with what lies outside
        if place is not None:
            origin, inner = np.array(place[:2] * 2), np.array(place[2:] * 2)
            boxes = (boxes - origin) * np.array(tuple(size) * 2) / inner
        clipped = boxes.clip(0, np.array(tuple(size) * 2)).astype(np.float32)
        kept = np.flatnonzero((clipped[:, 2:] > clipped[:, :2]).all(axis=1))
        masks = np.asarray(output["masks"])[:count][kept]
        frames, masks = paste_masks(
            masks, boxes[kept], size, rule=rule, threshold=threshold
        )
        return cls(
            tuple(size),
            clipped[kept],
            np.asarray(output["scores"], np.float32)[:count][kept],
            np.asarray(output["classes"], np.int32)[:count][kept],
            frames,
            masks,
        )

    @classmethod
    def joined(cls, parts: Sequence["Detections"]) -> "Detections":
        """The objects of several results of one image, in order.

        Args:
            parts: One or more, of one size.

        Returns:
            All of them.
        """
        return cls(
            parts[0].size,
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.classes for part in parts]),
            np.concatenate([part.frames for part in parts]),
            tuple(mask for part in parts for mask in part.masks),
        )

    @property
    def areas(self) -> np.ndarray:
        """(N,) int64, the pixels of each mask."""
        return np.array([int(mask.sum()) for mask in self.masks], np.int64)

    def select(self, indices: Sequence[int] | np.ndarray) -> "Detections":
        """Some of the objects, in the order of the indices."""
        indices = np.asarray(indices, np.int64).reshape(-1)
        return Detections(
            self.size,
            self.boxes[indices],
            self.scores[indices],
            self.classes[indices],
            self.frames[indices],
            tuple(self.masks[i] for i in indices),
        )

    def above(self, score: float) -> "Detections":
        """Those with at least this score, the highest first."""
        order = np.argsort(-self.scores, kind="stable")
        return self.select(order[self.scores[order] >= score])

    def placed(self, origin: tuple[int, int], size: tuple[int, int]) -> "Detections":
        """The objects of a part of an image, in the whole of it.

        Args:
            origin: (y, x) of the part's first pixel.
            size: (H, W) of the image.
        """
        move = np.array([*origin, *origin], np.int32)
        boxes, frames = self.boxes + move.astype(np.float32), self.frames + move
        others = self.scores, self.classes, frames, self.masks
        return Detections(tuple(size), boxes, *others)

    def flip(self) -> "Detections":
        """The image flipped left to right."""
        swap, sign = [0, 3, 2, 1], np.array([1, -1, 1, -1], np.int32)
        offset = np.array([0, self.size[1], 0, self.size[1]], np.int32)
        return Detections(
            self.size,
            (self.boxes * sign + offset)[:, swap].astype(np.float32),
            self.scores,
            self.classes,
            (self.frames * sign + offset)[:, swap],
            tuple(mask[:, ::-1] for mask in self.masks),
        )

    def turn(self, quarters: int) -> "Detections":
        """The image turned counter-clockwise, as ``numpy.rot90`` turns it."""
        turned, swap = self, [1, 0, 3, 2]
        for _ in range(quarters % 4):
            # Flipping left to right and transposing turns by a quarter.
            other = turned.flip()
            turned = Detections(
                other.size[::-1],
                other.boxes[:, swap],
                other.scores,
                other.classes,
                other.frames[:, swap],
                tuple(mask.T for mask in other.masks),
            )
        return turned

    def to_ids(self) -> np.ndarray:
        """One id a pixel: the object at ``index`` is ``index + 1``.

        Where objects overlap the one of the higher score lies on top, of equal ones
        the first. One that is covered altogether has no pixel.

        Returns:
            (H, W) int32, 0 background.
        """
        ids = np.zeros(self.size, np.int32)
        for i in np.argsort(-self.scores, kind="stable")[::-1]:
            y1, x1, y2, x2 = self.frames[i]
            ids[y1:y2, x1:x2][self.masks[i] > 0] = i + 1
        return ids

    def to_rle(self) -> list[dict]:
        """Each mask at the image's size as COCO's compressed run lengths."""
        places = zip(self.masks, self.frames, strict=True)
        return [encode_rle(mask, frame, self.size) for mask, frame in places]
