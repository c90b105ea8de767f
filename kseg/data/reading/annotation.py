"""One annotated object: from polygons to a mask, or to what is wrong.

A reader of annotations gives an ``Object`` for each that can be used, and a ``BadFile``
for each that cannot. What can be read around is a ``Flaw``: ``kseg check-data`` lists
it, reading goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kseg.data.reading.run_lengths import decode_rle
from kseg.imaging.bad_file import BadFile

Size = tuple[int, int]

SAME_BOX = 0.5  # IoU of an annotation's box and its mask's frame
SLACK = 1.0  # pixels by which an annotation may leave the image unsaid


class Flaw(BadFile):
    """What is wrong with an annotation, and can be read around."""


@dataclass(frozen=True, eq=False)
class Object:
    """One object of an image.

    Args:
        label: Its class, 1 to K.
        mask: uint8 {0, 1}, a part of the image that holds all of the object.
        origin: (y, x) of the mask's first pixel in the image.
        box: (y1, x1, y2, x2) float32 in the image; None: the mask's frame.
        crowd: Whether it stands for many objects.
        area: Square pixels that the annotation states; None: the mask's pixels.
    """

    label: int
    mask: np.ndarray
    origin: tuple[int, int]
    box: np.ndarray | None = None
    crowd: bool = False
    area: float | None = None

    @property
    def frame(self) -> tuple[int, int, int, int]:
        """Where the mask lies: (y1, x1, y2, x2)."""
        (y, x), (height, width) = self.origin, self.mask.shape
        return int(y), int(x), int(y) + height, int(x) + width

    def trimmed(self) -> "Object | None":
        """The same with the smallest mask; None if it has no pixel."""
        rows = np.flatnonzero(self.mask.any(axis=1))
        columns = np.flatnonzero(self.mask.any(axis=0))
        if not len(rows):
            return None
        y, x = rows[0], columns[0]
        mask = self.mask[y : rows[-1] + 1, x : columns[-1] + 1]
        origin = int(self.origin[0] + y), int(self.origin[1] + x)
        # A copy, so that a crop does not keep the whole image's mask in memory.
        return replace(self, mask=np.ascontiguousarray(mask), origin=origin)


@dataclass(frozen=True)
class Source:
    """Where an annotation stands: what every message about it begins with.

    Args:
        path: The file.
        name: Of the annotation in it, such as "annotation 7 of 000009".
        size: (H, W) of its image.
    """

    path: Path
    name: str
    size: Size

    def bad(self, what: str, remedy: str) -> BadFile:
        """It cannot be used."""
        return BadFile(self.path, f"{self.name}: {what}", remedy)

    def flaw(self, what: str, remedy: str) -> Flaw:
        """It can be read around."""
        return Flaw(self.path, f"{self.name}: {what}", remedy)


def polygon_objects(
    source: Source,
    label: int,
    rings: Sequence[np.ndarray],
    *,
    box: np.ndarray | None = None,
    crowd: bool = False,
    area: float | None = None,
) -> Iterator[Object | BadFile]:
    """The object inside one or more rings, rasterised as COCO does it.

    Args:
        source: Where it stands.
        label: Its class.
        rings: (n, 2) float64 each, n at least 3, of (x, y) in pixels.
        box: As ``Object`` has it.
        crowd: Likewise.
        area: Likewise.

    Yields:
        The object, and before it what is wrong with it; nothing else if it cannot be
        used.
    """
    height, width = source.size
    limit = np.array([width, height])
    points = np.concatenate(rings)
    # Rasterising walks along every edge: a coordinate of 1e9 would take all memory.
    if (points < -limit).any() or (points > 2 * limit).any():
        x, y = points[np.argmax(((points < -limit) | (points > 2 * limit)).any(axis=1))]
        yield source.bad(
            f"expected points in the image of {width}x{height} (width x height). "
            f"Received: ({x:g}, {y:g})",
            "Draw the outline again, or remove it.",
        )
        return
    if (points < -SLACK).any() or (points > limit + SLACK).any():
        yield source.flaw(
            f"expected points in the image of {width}x{height} (width x height). "
            f"Received: x from {points[:, 0].min():g} to {points[:, 0].max():g}, "
            f"y from {points[:, 1].min():g} to {points[:, 1].max():g}",
            "What lies outside the image is cut off; draw the outline again.",
        )
    mask, origin = fill_polygons(rings, source.size)
    yield from mask_objects(source, Object(label, mask, origin, box, crowd, area))


def mask_objects(source: Source, found: Object) -> Iterator[Object | BadFile]:
    """The object without what surrounds its mask, and with a box that fits.

    Args:
        source: Where it stands.
        found: As it was read; its box may lie anywhere.

    Yields:
        As ``polygon_objects``.
    """
    trimmed = found.trimmed()
    if trimmed is None:
        yield source.flaw(
            "expected an outline or a mask that covers a pixel. Received: none",
            "It is left out; remove it, or draw it again.",
        )
        return
    if found.box is not None:
        box, flaw = _fitting_box(source, found.box, trimmed.frame)
        if flaw:
            yield flaw
        trimmed = replace(trimmed, box=box)
    yield trimmed


def fill_polygons(
    rings: Sequence[np.ndarray], size: Size
) -> tuple[np.ndarray, tuple[int, int]]:
    """The pixels of the union of rings, to the pixel what pycocotools gives.

    Args:
        rings: As ``polygon_objects`` has them; what lies outside is cut off.
        size: (H, W) of the image.

    Returns:
        A uint8 {0, 1} mask of their surroundings, perhaps without pixels, and the
        (y, x) of its first pixel.
    """
    from pycocotools import mask as coco_mask

    points = np.concatenate(rings)
    low = np.floor(points.min(axis=0)).astype(int) - 1
    high = np.ceil(points.max(axis=0)).astype(int) + 1
    x1, y1 = low.clip(0, np.array(size)[::-1])
    x2, y2 = high.clip(0, np.array(size)[::-1])
    if x2 <= x1 or y2 <= y1:
        return np.zeros((0, 0), np.uint8), (0, 0)
    flat = [_moved(ring, (int(x1), int(y1))).ravel().tolist() for ring in rings]
    size = int(y2 - y1), int(x2 - x1)
    code = coco_mask.merge(coco_mask.frPyObjects(flat, *size))
    return decode_rle(code, size), (int(y1), int(x1))


def _moved(ring: np.ndarray, origin: tuple[int, int]) -> np.ndarray:
    """A ring for an image that begins at ``origin``, rounded as for the whole image.

    pycocotools draws with points rounded to fifths of a pixel, towards 0. Hundredths,
    which annotations have, lie halfway between fifths, and the subtraction alone would
    send some to the other side.
    """
    fifths = np.trunc(5 * ring + 0.5) - 5 * np.array(origin)
    return np.where(fifths < 0, fifths - 0.8, fifths) / 5


def _fitting_box(source: Source, box: np.ndarray, frame):
    """The box clipped to the image, or the frame where it does not fit the mask."""
    height, width = source.size
    limit = np.array([height, width, height, width])
    clipped = box.clip(0, limit)
    text = ", ".join(f"{v:g}" for v in box[[1, 0, 3, 2]])
    differs = _iou(clipped, np.array(frame, np.float64)) < SAME_BOX
    if differs and abs(clipped - frame).max() <= SLACK:
        return None, None  # so small that rounding to pixels makes the difference
    if differs:
        y1, x1, y2, x2 = frame
        flaw = source.flaw(
            f"expected a box around its mask, which lies from ({x1}, {y1}) to "
            f"({x2}, {y2}). Received: x1, y1, x2, y2 = {text}",
            "The mask's own frame is taken; mend the box.",
        )
        return None, flaw
    flaw = None
    if abs(clipped - box).max() > SLACK:
        flaw = source.flaw(
            f"expected a box in the image of {width}x{height} (width x height). "
            f"Received: x1, y1, x2, y2 = {text}",
            "What lies outside the image is cut off; mend the box.",
        )
    return clipped.astype(np.float32), flaw


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    overlap = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    both = float(overlap.clip(min=0).prod())
    union = float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod()) - both
    return both / union if union > 0 else 0.0
