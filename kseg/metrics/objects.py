"""The objects of one image, as scores and files take them.

True objects are a ``kseg.data.Objects``, found ones a ``kseg.predict.Detections``;
of both ``size``, ``boxes``, ``classes``, ``frames`` and ``masks`` are read, of the
former ``crowd`` and ``areas``, of the latter ``scores``.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kseg.imaging.rle import encode_rle
from kseg.imaging.windows import part


def coco_entries(
    objects,
    image_id: int | str,
    category_ids: Sequence[int],
    kinds: Sequence[str] = ("bbox", "segm"),
) -> list[dict[str, Any]]:
    """Objects of one image in COCO's terms.

    Args:
        objects: ``kseg.data.Objects``, or ``kseg.predict.Detections``.
        image_id: Of the image.
        category_ids: Of classes 1 to K.
        kinds: ``"bbox"`` for the boxes, (x, y, width, height) in thousandths of a
            pixel; ``"segm"`` for the masks, compressed run lengths.

    Returns:
        A dict of ``image_id``, ``category_id``, ``bbox``, ``segmentation`` and, where
        the objects have one, ``score``, for each object.
    """
    boxes = np.asarray(objects.boxes, np.float64)[:, [1, 0, 3, 2]]
    # Rounding takes away what float32 added to an annotation's hundredths.
    boxes[:, 2:] -= boxes[:, :2]
    boxes = boxes.round(3).tolist()
    scores = getattr(objects, "scores", None)
    entries = []
    for i, label in enumerate(objects.classes):
        entry = {"image_id": image_id, "category_id": category_ids[label - 1]}
        if "bbox" in kinds:
            entry["bbox"] = boxes[i]
        if "segm" in kinds:
            code = encode_rle(objects.masks[i], objects.frames[i], objects.size)
            entry["segmentation"] = code
        if scores is not None:
            entry["score"] = float(str(scores[i]))  # 0.9, not 0.8999999761581421
        entries.append(entry)
    return entries


def check_pair(true, found, num_classes: int) -> None:
    """Refuse objects of two images, or of other classes.

    Raises:
        ValueError: Sizes differ, or a class is not 1 to K.
    """
    if tuple(true.size) != tuple(found.size):
        raise ValueError(
            "Expected objects of one image. Received: sizes (height, width) "
            f"{tuple(true.size)} and {tuple(found.size)}. Bring boxes and masks to the "
            "image's own pixels."
        )
    for name, objects in (("true", true), ("found", found)):
        classes = objects.classes
        if len(classes) and not 1 <= classes.min() <= classes.max() <= num_classes:
            raise ValueError(
                f"Expected {name} classes from 1 to {num_classes}. Received: "
                f"{classes.min()} to {classes.max()}. 0 is background, and padding."
            )


def mask_overlaps(true, found) -> np.ndarray:
    """The IoU of every two masks; with a crowd the share of the found one inside.

    Args:
        true: ``kseg.data.Objects``.
        found: ``kseg.predict.Detections``.

    Returns:
        (found, true) float64.
    """
    overlaps = np.zeros((len(found.classes), len(true.classes)))
    a, b = found.frames[:, None], true.frames[None]
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    areas = [[np.count_nonzero(mask) for mask in o.masks] for o in (found, true)]
    for i, k in np.argwhere((low < high).all(axis=2)).tolist():
        window = (*low[i, k], *high[i, k])
        both = np.count_nonzero(part(found, i, window) & part(true, k, window))
        whole = areas[0][i] + (0 if true.crowd[k] else areas[1][k] - both)
        overlaps[i, k] = both / whole if both else 0
    return overlaps


def outside_crowds(true, found):
    """What was found, without what lies in a crowd.

    That is an object of which half of the pixels or more lie in a crowd of its class
    and in no true object: it is neither right nor wrong, as COCO has it.

    Args:
        true: ``kseg.data.Objects``.
        found: ``kseg.predict.Detections``.

    Returns:
        The detections that are left, in their order.
    """
    if not true.crowd.any():
        return found
    free = true.to_ids() == 0
    kept = np.ones(len(found), bool)
    for label in np.unique(true.classes[true.crowd]):
        inside = np.zeros(true.size, bool)
        for k in np.flatnonzero(true.crowd & (true.classes == label)):
            y1, x1, y2, x2 = true.frames[k]
            inside[y1:y2, x1:x2] |= true.masks[k] > 0
        inside &= free
        for i in np.flatnonzero(found.classes == label):
            y1, x1, y2, x2 = found.frames[i]
            whole = np.count_nonzero(found.masks[i])
            shared = np.count_nonzero(inside[y1:y2, x1:x2] & (found.masks[i] > 0))
            kept[i] = not 0 < whole <= 2 * shared
    return found.select(np.flatnonzero(kept))
