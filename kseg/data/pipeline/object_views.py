"""What is seen of an image with objects: an augmentation, all of it, or a tile.

``augmented``, ``letterboxed`` and ``tile`` make functions from the index of an image,
and the seed of its augmentation or the corner of a tile, to what is ``Seen``.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kseg.data.augment.objects import ObjectAugment
from kseg.data.objects import Objects
from kseg.data.pipeline.cache import CachedReader
from kseg.imaging import letterbox, resize
from kseg.imaging.resizing import magnified_size

CHANGES = ("blur", "gamma", "contrast", "brightness", "noise")
NO_CHANGE = (0.0, 1.0, 1.0, 1.0, 0.0)


class Part(NamedTuple):
    """Objects that are still at the resolution of their own image.

    Attributes:
        objects: The objects.
        inner: (h, w) to which their image is resized.
        offset: (y, x) of its first pixel in the result.
    """

    objects: Objects
    inner: tuple[int, int]
    offset: tuple[int, int]


class Seen(NamedTuple):
    """An image, and where it and its objects lie in the result.

    Attributes:
        image: (h, w, C) uint8, resized.
        offset: (y, x) of its first pixel in the result.
        parts: The objects, by the image that they come from.
        changes: Of the grey values, those of ``CHANGES``.
    """

    image: np.ndarray
    offset: tuple[int, int]
    parts: list[Part]
    changes: tuple[float, ...] = NO_CHANGE


def augmented(
    reader: CachedReader,
    images: int,
    augment: ObjectAugment,
    size: tuple[int, int],
    magnification: float | None,
) -> Callable:
    """What is seen in training.

    Args:
        reader: Of the images and their objects.
        images: How many there are.
        augment: What to vary.
        size: (H, W) of the result.
        magnification: As ``ObjectAugment.draw`` takes it.
    """

    def view_of(index, seed, size):
        image, objects = reader.read(index)
        view, changes = augment.draw(seed, image.shape[:2], size, magnification)
        return view, changes, *augment.look(view, image, objects)

    def see(index, seed):
        seed = tuple(int(s) for s in seed.astype(np.uint32))
        view, changes, image, objects = view_of(index, seed, size)
        parts = []
        source = augment.pastes(seed, images)
        if source is not None:
            # Drawn for what there is of this image, so that nothing lies outside it.
            place, _, other, others = view_of(source, (*seed, 3), view.inner)
            image, objects, pasted = augment.paste(
                seed, image, objects, other, others, place
            )
            offset = np.add(view.offset, place.offset)
            parts.append(Part(pasted, place.inner, offset))
        parts.append(Part(objects, view.inner, view.offset))
        return Seen(image, view.offset, parts, tuple(changes[k] for k in CHANGES))

    return see


def letterboxed(reader: CachedReader, size: tuple[int, int]) -> Callable:
    """Each whole image, fitted into ``size``."""

    def see(index, _):
        image, objects = reader.read(index)
        image, (top, left, *inner) = letterbox(image, size)
        return Seen(image, (0, 0), [Part(objects, inner, (top, left))])

    return see


def tile(
    reader: CachedReader,
    own: tuple[int, int],
    size: tuple[int, int],
    min_visible: float,
) -> Callable:
    """From an image and a corner to a tile: ``own`` pixels, magnified to ``size``."""

    def see(index, corner):
        image, objects = reader.read(index)
        window = (*corner, *np.minimum(corner + own, image.shape[:2]))
        y1, x1, y2, x2 = map(int, window)
        visible = objects.crop((y1, x1, y2, x2), min_visible)
        inner = magnified_size(visible.size, own, size)
        seen = resize(image[y1:y2, x1:x2], inner)
        return Seen(seen, (0, 0), [Part(visible, inner, (0, 0))])

    return see


def tile_corners(sizes: list[tuple[int, int]], own: tuple[int, int]) -> np.ndarray:
    """(n, 3): image, and the first row and column of each of its tiles."""
    rows = []
    for index, lengths in enumerate(sizes):
        top, left = (
            [min(at, max(n - s, 0)) for at in range(0, n, s)]
            for n, s in zip(lengths, own, strict=True)
        )
        rows += [(index, y, x) for y in top for x in left]
    return np.array(rows, np.int64)
