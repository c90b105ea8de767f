"""Whether a ``.tflite`` file finds the objects that the Keras model finds.

An object of Keras and one of the file are the same if they are of one class and their
boxes have an IoU of 0.5 or more; of several the pair with the largest IoU, then the
next, each object once. Ranks play no part: of two scores that are equal but for
rounding either may come first.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

import keras
import numpy as np

from kseg.data import Objects
from kseg.export.objects.model import OUTPUTS
from kseg.export.refusal import Figure, refuse_beyond
from kseg.metrics import CocoScores
from kseg.ops import pairwise_iou
from kseg.predict.objects.detections import Detections
from kseg.predict.objects.network import MASK_THRESHOLD

# What a file may differ by before it is refused. Errors are of float32's rounding, so
# there alone they are judged; agreement and AP elsewhere.
_ANY = {"box_error": math.inf, "mask_error": math.inf, "score_error": math.inf}
TOLERANCE = {
    "float32": {
        "box_error": 0.1,
        "mask_error": 1e-3,
        "score_error": 1e-3,
        "agreement": 0.999,
        "mask_ap_drop": 0.001,
    },
    "float16": {**_ANY, "agreement": 0.95, "mask_ap_drop": 0.005},
    "dynamic": {**_ANY, "agreement": 0.8, "mask_ap_drop": 0.01},
    "int8": {**_ANY, "agreement": 0.8, "mask_ap_drop": 0.01},
}
_SAME = 0.5  # IoU
# COCO's most detections of an image; more where a network gives more.
_MOST = 100


class ObjectParity(NamedTuple):
    """A file against Keras, on the same images.

    Attributes:
        images: How many.
        keras_detections: How many objects Keras found in them.
        detections: How many the file found.
        matched: How many are in both.
        agreement: The scores of those in both, of the scores of all, 0..1; 1 where
            nothing was found.
        box_error: The largest difference of a coordinate of those in both, in pixels.
        mask_error: Of a mask's probability.
        score_error: Of a score.
        mean_box_error: The mean difference of a coordinate.
        keras_mask_ap: COCO's AP of the masks of Keras, 0..1; None without truths, or
            where they hold no object.
        mask_ap: That of the file.
    """

    images: int
    keras_detections: int
    detections: int
    matched: int
    agreement: float
    box_error: float
    mask_error: float
    score_error: float
    mean_box_error: float
    keras_mask_ap: float | None
    mask_ap: float | None

    def lines(self) -> list[str]:
        """For a report."""
        lines = [
            f"against Keras on {self.images} images: {self.matched} of its "
            f"{self.keras_detections} objects ({self.detections} in the file), "
            f"agreement {100 * self.agreement:.2f} %, largest error of a box "
            f"{self.box_error:.2g} pixels (mean {self.mean_box_error:.2g}), of a mask "
            f"{self.mask_error:.2g}, of a score {self.score_error:.2g}"
        ]
        if self.mask_ap is not None:
            lines.append(f"mask AP {self.mask_ap:.4f}, Keras {self.keras_mask_ap:.4f}")
        return lines


def compare(
    network: Callable[[np.ndarray], Mapping[str, np.ndarray]],
    model: keras.Model,
    images: Sequence[np.ndarray],
    truths: Sequence[Objects] | None = None,
    num_classes: int = 1,
    mask_threshold: float = MASK_THRESHOLD,
) -> ObjectParity:
    """Run Keras and the file on the same images.

    Args:
        network: The file, as `kseg.predict.objects.network` calls it.
        model: The network that it was made from, at the same size.
        images: uint8 (H, W, C), of that size; at least one.
        truths: The objects of each image, in its pixels.
        num_classes: K, of the truths.
        mask_threshold: Of the network, from which on a mask's pixel is set.

    Returns:
        How far they differ.
    """
    pairs = [
        (
            outputs_for(image.astype(np.float32), model.predict_on_batch),
            outputs_for(image, network),
        )
        for image in images
    ]
    matches = [match(*pair) for pair in pairs]
    both = {
        name: list(_differences(name, pairs, matches))
        for name in ("boxes", "masks", "scores")
    }
    # Not max(), which would drop a NaN.
    errors = [
        float(reduce(np.maximum, (one.max(initial=0) for one in of), 0.0))
        for of in both.values()
    ]
    matched = sum(len(of_keras) for of_keras, _ in matches)
    moved = sum(float(one.sum()) for one in both["boxes"]) / max(4 * matched, 1)
    of_each = list(zip(*pairs, strict=True))
    counts = [sum(int(one["count"]) for one in outputs) for outputs in of_each]
    aps = (None, None)
    if truths is not None:
        size = images[0].shape[:2]
        aps = [
            _mask_ap(outputs, truths, size, num_classes, mask_threshold)
            for outputs in of_each
        ]
    agreement = _agreement(pairs, matches)
    return ObjectParity(len(images), *counts, matched, agreement, *errors, moved, *aps)


def _differences(name, pairs, matches):
    """Of the objects that are in both, image by image."""
    for pair, chosen in zip(pairs, matches, strict=True):
        one, other = (of[name][i] for of, i in zip(pair, chosen, strict=True))
        yield np.abs(one - other)


def _agreement(pairs, matches) -> float:
    """The scores of the objects that are in both, of the scores of all."""
    same = total = 0.0
    for pair, chosen in zip(pairs, matches, strict=True):
        for outputs, indices in zip(pair, chosen, strict=True):
            same += float(outputs["scores"][indices].sum())
            total += float(outputs["scores"][: int(outputs["count"])].sum())
    return same / total if total else 1.0


def outputs_for(image: np.ndarray, network) -> dict[str, np.ndarray]:
    """What a network finds in one image (H, W, C), without the batch."""
    outputs = network(image[None])
    return {name: np.asarray(outputs[name])[0] for name in OUTPUTS}


def match(one, other) -> tuple[np.ndarray, np.ndarray]:
    """The objects that two networks found in one image, in pairs.

    Args:
        one: ``boxes`` (D, 4), ``classes`` (D,) and ``count``.
        other: Likewise.

    Returns:
        Indices of ``one`` and, of the same length, of ``other``.
    """
    counts = [int(outputs["count"]) for outputs in (one, other)]
    boxes = [
        outputs["boxes"][:n].astype(np.float32)
        for outputs, n in zip((one, other), counts, strict=True)
    ]
    overlap = np.array(pairwise_iou(*boxes))
    classes = (one["classes"][: counts[0], None], other["classes"][None, : counts[1]])
    overlap[np.not_equal(*classes)] = 0
    pairs = []
    while overlap.size and overlap.max() >= _SAME:
        i, j = np.unravel_index(overlap.argmax(), overlap.shape)
        pairs.append((i, j))
        overlap[i], overlap[:, j] = 0, 0
    pairs = np.array(pairs, int).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def require(
    parity: ObjectParity, tolerance: Mapping[str, float], quantize: str
) -> None:
    """Refuse a file that differs by more than ``tolerance``.

    Args:
        parity: From `compare`.
        tolerance: ``box_error`` (pixels), ``mask_error``, ``score_error`` and
            ``mask_ap_drop`` (at most) and ``agreement`` (at least).
        quantize: The file's number format.

    Raises:
        ExportError: It differs by more; the message has each figure, its limit and
            what to do.
    """
    figures = []
    for key, what in (
        ("box_error", "a box is off by {:.4g} pixels, over {:.4g}"),
        ("mask_error", "a mask is off by {:.4g}, over {:.4g}"),
        ("score_error", "a score is off by {:.4g}, over {:.4g}"),
    ):
        error = getattr(parity, key)
        figures.append(Figure(key, error, what.format(error, tolerance[key])))
    text = (
        f"{100 * parity.agreement:.2f} % of the objects agree (by score), under "
        f"{100 * tolerance['agreement']:.2f} %"
    )
    figures.append(Figure("agreement", parity.agreement, text, at_least=True))
    if parity.mask_ap is not None:
        drop, limit = parity.keras_mask_ap - parity.mask_ap, "mask_ap_drop"
        text = f"mask AP is lower by {drop:.4f}, over {tolerance[limit]}"
        figures.append(Figure(limit, drop, text))
    refuse_beyond(figures, tolerance, quantize, parity.images)


def _mask_ap(outputs, truths, size, num_classes, threshold) -> float | None:
    most = max(_MOST, outputs[0]["scores"].shape[0])
    scores = CocoScores(num_classes, kinds=("segm",), max_detections=most)
    for output, truth in zip(outputs, truths, strict=True):
        scores.update(truth, Detections.from_output(output, size, threshold=threshold))
    ap = scores.result()["mask_ap"]
    return None if math.isnan(ap) else ap
