"""Objects of an image as arrays of one size: what a network learns from."""

from collections.abc import Callable

import numpy as np

from kseg.data.dataset import Dataset
from kseg.data.pipeline.mask_crops import mask_crops
from kseg.data.pipeline.object_views import Part
from kseg.data.sides import SIDES
from kseg.errors import DataError

_LEAST_SIDE = 1.0  # pixels of the result: a box below it is no object to be found


def check_arguments(
    dataset: Dataset,
    size: tuple[int, int],
    batch_size: int,
    resize: str,
    magnification: float,
    max_instances: int,
    mask_size: int,
) -> None:
    """Whether they are arguments of ``kseg.data.make_object_pipeline``.

    Raises:
        ValueError: One is out of range, or the data set holds label maps.
        DataError: There are no images.
    """
    SIDES[dataset.kind].require_objects()
    if not len(dataset):
        raise DataError("The data set has no images: nothing to make batches of")
    if resize not in ("letterbox", "tile"):
        raise ValueError(
            f'resize must be "letterbox" or "tile". Received: resize={resize!r}'
        )
    if len(size) != 2 or min(*size, batch_size, max_instances, mask_size) < 1:
        raise ValueError(
            "size must be two positive numbers, height and width in pixels; "
            "batch_size, max_instances and mask_size 1 or more. Received: "
            f"size={size}, batch_size={batch_size}, max_instances={max_instances}, "
            f"mask_size={mask_size}"
        )
    if not 0 < magnification < np.inf or (resize != "tile" and magnification != 1):
        raise ValueError(
            'magnification must be above 0, and 1 unless resize is "tile". Received: '
            f"magnification={magnification}, resize={resize!r}"
        )


def padder(count: int, mask_size: int) -> Callable[[list[Part]], tuple]:
    """The function from objects, each part with its scale and place, to arrays.

    Args:
        count: G; of more objects those with the largest boxes stay.
        mask_size: m.

    Returns:
        A function that gives boxes (G, 4), classes (G,) and masks (G, m, m).
    """

    def pad(parts: list[Part]):
        boxes, classes, masks = [], [], []
        for objects, inner, offset in parts:
            factor = np.tile(np.divide(inner, objects.size), 2)
            placed = objects.boxes * factor + np.tile(offset, 2)
            sides = placed[:, 2:] - placed[:, :2]
            seen = (sides >= _LEAST_SIDE).all(axis=1) & ~objects.crowd
            boxes.append(placed[seen])
            classes.append(objects.classes[seen])
            masks.append(objects.select(np.flatnonzero(seen)))
        boxes = np.concatenate(boxes)
        area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        kept = np.sort(np.argsort(-area, kind="stable")[:count])
        out = (
            np.zeros((count, 4), np.float32),
            np.zeros(count, np.int32),
            np.zeros((count, mask_size, mask_size), np.float32),
        )
        out[0][: len(kept)] = boxes[kept]
        out[1][: len(kept)] = np.concatenate(classes)[kept]
        done = 0
        for part in masks:  # crops only of those that are kept
            chosen = kept[(kept >= done) & (kept < done + len(part))] - done
            first = np.searchsorted(kept, done)
            out[2][first : first + len(chosen)] = mask_crops(
                part.select(chosen), mask_size
            )
            done += len(part)
        return out

    return pad
