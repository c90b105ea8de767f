"""What a bundle's network finds here, beside what it found where it was exported."""

from collections.abc import Mapping

import numpy as np

from kseg.bundle.rules import RULES
from kseg.errors import BundleError

# What page and app go by, too: a share of the pixels, and pixels.
SAME_LABELS, SAME_BOX = RULES["golden"]["same_labels"], RULES["golden"]["same_box"]


def check_labels(labels: np.ndarray, golden: np.ndarray) -> float:
    """Compare the label map of the golden image with the golden one.

    Args:
        labels: (H, W) uint8, or logits (H, W, K).
        golden: (H, W) uint8.

    Returns:
        The share of pixels that agree.

    Raises:
        BundleError: Another size, or fewer than 99 % of the pixels agree.
    """
    if labels.dtype != np.uint8:
        labels = labels.argmax(-1)
    if labels.shape != golden.shape:
        raise _wrong(f"a label map of the golden one's {golden.shape}", labels.shape)
    share = float(np.mean(labels == golden))
    if share < SAME_LABELS:
        raise _wrong(
            f"at least {100 * SAME_LABELS:.0f} % of the golden label map's pixels",
            f"{100 * share:.2f} %",
        )
    return share


def check_objects(
    detections: Mapping[str, np.ndarray], golden: Mapping[str, np.ndarray]
) -> float:
    """Compare the objects of the golden image with the golden ones.

    Kernels differ between processors in the last bit, so that objects of nearly one
    score may change places: each is compared with the nearest of its class.

    Args:
        detections: ``boxes`` (D, 4), ``classes`` (D,) and ``count``.
        golden: Likewise.

    Returns:
        The largest distance of a box's edge from the golden one, in pixels.

    Raises:
        BundleError: The number or the classes of the objects differ, or a box by more
            than 0.5 pixels.
    """
    (boxes, classes), (old_boxes, old_classes) = _there(detections), _there(golden)
    if sorted(classes) != sorted(old_classes):
        raise _wrong(
            f"the golden image's {len(old_classes)} objects, of the classes "
            f"{sorted(old_classes)}",
            f"{len(classes)}, of the classes {sorted(classes)}",
        )
    apart = _farthest(boxes, classes, old_boxes, old_classes)
    if not apart <= SAME_BOX:  # so that a NaN is refused
        raise _wrong(
            f"boxes within {SAME_BOX} pixels of the golden image's",
            f"{apart:.2f} pixels",
        )
    return apart


def _there(output):
    """Boxes and classes of the objects that there are."""
    count = int(np.asarray(output["count"]).reshape(()))
    boxes = np.asarray(output["boxes"], np.float64).reshape(-1, 4)[:count]
    return boxes, np.asarray(output["classes"]).reshape(-1)[:count].tolist()


def _farthest(boxes, classes, others, other_classes):
    """The largest distance of an edge, each box beside the nearest that is left."""
    apart = np.abs(boxes[:, None] - others[None]).max(axis=2, initial=0)
    apart[np.not_equal.outer(classes, other_classes)] = np.inf
    farthest = 0.0
    for row in apart:
        nearest = int(row.argmin())
        # Not max(), which would drop a NaN.
        farthest = float(np.maximum(farthest, row[nearest]))
        apart[:, nearest] = np.inf
    return farthest


def _wrong(expected, received):
    return BundleError(
        f"Expected {expected}. Received: {received}. This runtime computes the network "
        "wrongly: update ai-edge-litert, or export the network again."
    )
