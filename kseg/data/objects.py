"""The objects of one image: boxes, classes and masks that may overlap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kseg.data.reading.annotation import Object
from kseg.imaging.rle import encode_rle

Window = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Objects:
    """N objects in an image of H x W pixels; no arrays of that size are kept.

    Boxes and frames are (y1, x1, y2, x2) in pixels, half-open: the first pixel covers
    [0, 1) x [0, 1). A frame is the smallest around its mask; a box is what the
    annotation states, or the frame.

    Args:
        size: (H, W).
        boxes: (N, 4) float32, with an area, inside the image.
        classes: (N,) int32, 1 to K.
        frames: (N, 4) int32.
        masks: uint8 {0, 1}, each of the size of its frame, with a 1 in every outer
            row and column.
        crowd: (N,) bool: a region of many objects, which is neither to be found nor
            wrong to be found.
        areas: (N,) float32, square pixels: what the annotation states (COCO's scores
            sort objects by it), or the pixels of the mask.
    """

    size: tuple[int, int]
    boxes: np.ndarray
    classes: np.ndarray
    frames: np.ndarray
    masks: tuple[np.ndarray, ...]
    crowd: np.ndarray
    areas: np.ndarray

    def __len__(self) -> int:
        return len(self.masks)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        arrays = (self.boxes, self.classes, self.frames, self.crowd, self.areas)
        return sum(array.nbytes for array in (*arrays, *self.masks))

    @classmethod
    def from_objects(
        cls, objects: Iterable[Object], size: tuple[int, int]
    ) -> "Objects":
        """Collect objects; what each lacks is taken from its mask.

        Args:
            objects: With masks inside the image.
            size: (H, W) of the image.

        Returns:
            All of them, in their order.
        """
        objects = list(objects)
        frames = np.array([o.frame for o in objects], np.int32).reshape(-1, 4)
        boxes = [
            frame if o.box is None else o.box
            for o, frame in zip(objects, frames, strict=True)
        ]
        areas = [o.mask.sum() if o.area is None else o.area for o in objects]
        return cls(
            tuple(size),
            np.array(boxes, np.float32).reshape(-1, 4),
            np.array([o.label for o in objects], np.int32),
            frames,
            tuple(o.mask for o in objects),
            np.array([o.crowd for o in objects], bool),
            np.array(areas, np.float32),
        )

    @classmethod
    def from_ids(
        cls, ids: np.ndarray, classes: Sequence[int] | None = None
    ) -> "Objects":
        """The objects of an id map, in the order of their ids.

        Args:
            ids: (H, W) integers, 0 for background; ids may be left out.
            classes: The class of each id that is there, in order; None is 1 for all.

        Returns:
            The objects. A box is the frame of all pixels of an id, however many
            pieces they are in.

        Raises:
            ValueError: There are more ids than classes, or fewer.
        """
        from scipy.ndimage import find_objects

        if ids.max(initial=0) > ids.size:  # find_objects has an entry for each number
            dense = np.unique(np.append(0, ids), return_inverse=True)[1]
            ids = dense[1:].reshape(ids.shape)
        windows = find_objects(ids) if ids.any() else []
        present = [(k, w) for k, w in enumerate(windows, 1) if w is not None]
        count = len(present)
        classes = [1] * count if classes is None else classes
        if len(classes) != count:
            raise ValueError(
                f"Expected a class for each of the {count} ids. Received: "
                f"{len(classes)}. Name the class of each id that the map holds, once."
            )
        objects = []
        for label, (k, (rows, columns)) in zip(classes, present, strict=True):
            mask = (ids[rows, columns] == k).view(np.uint8)
            objects.append(Object(int(label), mask, (rows.start, columns.start)))
        return cls.from_objects(objects, ids.shape)

    def to_ids(self) -> np.ndarray:
        """One id a pixel: the object at ``index`` is ``index + 1``.

        Where objects overlap the smaller one lies on top: a cup on a table stays
        whole. One that is covered altogether has no pixel. Crowds are background.

        Returns:
            (H, W) int32.
        """
        ids = np.zeros(self.size, np.int32)
        pixels = [int(mask.sum()) for mask in self.masks]
        # The largest first; of equal ones the first is painted last and stays.
        for i in sorted(range(len(self)), key=lambda i: (-pixels[i], -i)):
            if not self.crowd[i]:
                y1, x1, y2, x2 = self.frames[i]
                ids[y1:y2, x1:x2][self.masks[i] > 0] = i + 1
        return ids

    def to_rle(self) -> list[dict]:
        """Each mask at the image's size as COCO's compressed run lengths.

        Returns:
            ``{"size": [H, W], "counts": str}``, as JSON and pycocotools take them.
        """
        places = zip(self.masks, self.frames, strict=True)
        return [encode_rle(mask, frame, self.size) for mask, frame in places]

    def select(self, indices: Sequence[int] | np.ndarray) -> "Objects":
        """Some of the objects, in the order of the indices."""
        indices = np.asarray(indices, np.int64).reshape(-1)
        return Objects(
            self.size,
            self.boxes[indices],
            self.classes[indices],
            self.frames[indices],
            tuple(self.masks[i] for i in indices),
            self.crowd[indices],
            self.areas[indices],
        )

    def crop(self, window: Window, min_visible: float = 0.0) -> "Objects":
        """What is left of the objects in a window of the image.

        An object that is whole keeps its box; the box of one that was cut becomes the
        frame of what is left of it.

        Args:
            window: (y1, x1, y2, x2), inside the image.
            min_visible: Objects of whose pixels a smaller share is left are dropped;
                those without a pixel always.

        Returns:
            The objects in an image of the window's size.
        """
        top, left, bottom, right = window
        low = np.array([top, left, top, left])
        high = np.array([bottom, right, bottom, right])
        clipped = self.frames.clip(low, high)
        meet = (clipped[:, 2:] > clipped[:, :2]).all(axis=1)
        kept = []
        for i in np.flatnonzero(meet):
            y1, x1, _, _ = self.frames[i]
            a1, b1, a2, b2 = clipped[i]
            mask = self.masks[i][a1 - y1 : a2 - y1, b1 - x1 : b2 - x1]
            kept.append(self._part(i, mask, (a1 - top, b1 - left), min_visible, window))
        size = bottom - top, right - left
        return Objects.from_objects([part for part in kept if part], size)

    def without(self, covered: np.ndarray, min_visible: float = 0.0) -> "Objects":
        """The objects behind something that covers part of the image.

        Args:
            covered: (H, W) bool.
            min_visible: As ``crop`` has it.

        Returns:
            What is left of the objects; boxes as in ``crop``.
        """
        kept = []
        for i, (y1, x1, y2, x2) in enumerate(self.frames):
            mask = self.masks[i] & ~covered[y1:y2, x1:x2]
            kept.append(self._part(i, mask, (y1, x1), min_visible, (0, 0, *self.size)))
        return Objects.from_objects([part for part in kept if part], self.size)

    def flip(self) -> "Objects":
        """The image flipped left to right."""
        width = self.size[1]
        swap = [0, 3, 2, 1]
        sign, offset = np.array([1, -1, 1, -1]), np.array([0, width, 0, width])
        return Objects(
            self.size,
            (self.boxes * sign + offset)[:, swap].astype(np.float32),
            self.classes,
            (self.frames * sign + offset)[:, swap].astype(np.int32),
            tuple(mask[:, ::-1] for mask in self.masks),
            self.crowd,
            self.areas,
        )

    def transpose(self) -> "Objects":
        """The image with rows and columns exchanged."""
        swap = [1, 0, 3, 2]
        return Objects(
            self.size[::-1],
            self.boxes[:, swap],
            self.classes,
            self.frames[:, swap],
            tuple(mask.T for mask in self.masks),
            self.crowd,
            self.areas,
        )

    def turn(self, quarters: int) -> "Objects":
        """The image turned counter-clockwise, as ``numpy.rot90`` turns it."""
        turned = self
        for _ in range(quarters % 4):
            # Flipping left to right and transposing turns by a quarter.
            turned = turned.flip().transpose()
        return turned

    def _part(self, i, mask, origin, min_visible, window) -> Object | None:
        """Object ``i`` with only these pixels left; None if they are too few."""
        whole, left = int(self.masks[i].sum()), int(mask.sum())
        if left == 0 or left < min_visible * whole:
            return None
        box = None
        if left == whole:
            top, side = window[0], window[1]
            box = self.boxes[i].clip(
                np.float32([top, side] * 2), np.float32([window[2], window[3]] * 2)
            ) - np.float32([top, side] * 2)
        area = float(self.areas[i]) * left / whole
        crowd = bool(self.crowd[i])
        return Object(int(self.classes[i]), mask, origin, box, crowd, area).trimmed()
