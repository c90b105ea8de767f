"""Region proposals: the best of what a region proposal network moved its anchors to."""

import math

import keras
import numpy as np
from keras import ops

from kseg.checks import check_at_least_0, check_choice
from kseg.ops import (
    clip_boxes,
    decode_boxes,
    gather,
    make_pyramid_anchors,
    non_max_suppression,
)
from kseg.ops.gather import gather_rows

UNIT_WEIGHTS = (1.0, 1.0, 1.0, 1.0)


@keras.saving.register_keras_serializable(package="kseg")
class Proposals(keras.layers.Layer):
    """The best anchors of each level, moved, clipped, and without those that overlap.

    Called on ``(objectness, deltas)``, lists with one tensor for each level. Everything
    is float32 under any dtype policy.

    Args:
        image_size: (H, W) of the input, in pixels.
        sizes: For each level its anchor size or sizes, in pixels.
        ratios: Heights over widths of the anchors.
        strides: Of each level.
        candidates: How many anchors of each level take part, in training and else.
        count: R, how many proposals there are, in training and else.
        iou_threshold: A proposal goes that overlaps a better one of its level by more.
        offset, base: Of ``kseg.ops.make_anchors``: 0.5 and 16 in the code of Faster
            R-CNN, MNC and FCIS, with sizes of 16 times their scales.
        rounding: None, or "torchvision": half sides are rounded to whole pixels, and
            the stride of a level is H over its rows and W over its columns, rounded
            down.
        min_size: Pixels; shorter proposals go, before candidates are chosen: 16 in MNC
            and FCIS.
        gradient: Whether boxes have one, in the deltas, as MNC's cascade needs.

    Input shape:
        For each level (B, h*w*A) and (B, h*w*A, 4), ``h = ceil(H / stride)``.

    Output shape:
        Boxes (B, R, 4), (y1, x1, y2, x2) in pixels, best first, 0 where unused; and
        (B, R) float32, 1 where there is a proposal.

    Raises:
        ValueError: Another ``rounding``, a negative ``min_size``, or as
            ``kseg.ops.make_pyramid_anchors``.

    Reference:
        Ren et al., Faster R-CNN, NIPS 2015, section 3.3; Lin et al., CVPR 2017, 4.1.
    """

    def __init__(
        self,
        image_size,
        sizes,
        ratios,
        strides,
        candidates=(2000, 1000),
        count=(1000, 1000),
        iou_threshold: float = 0.7,
        offset: float = 0.0,
        base: float | None = None,
        rounding: str | None = None,
        min_size: float = 0.0,
        gradient: bool = False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.settings = {
            "image_size": tuple(image_size),
            "sizes": sizes,
            "ratios": ratios,
            "strides": strides,
            "candidates": tuple(candidates),
            "count": tuple(count),
            "iou_threshold": iou_threshold,
            "offset": offset,
            "base": base,
            "rounding": rounding,
            "min_size": min_size,
            "gradient": gradient,
        }
        check_choice("rounding", rounding, (None, "torchvision"))
        check_at_least_0(min_size=min_size)
        height, width = image_size
        shapes = [[-(-n // stride) for n in image_size] for stride in strides]
        half_sides = "exact"
        if rounding == "torchvision":
            strides = [(height // rows, width // columns) for rows, columns in shapes]
            half_sides = "rounded"
        anchors = (sizes, ratios, strides, shapes, offset, base, half_sides)
        # A tuple, because Keras would track a list.
        self.anchors = tuple(make_pyramid_anchors(*anchors))

    def call(self, objectness, deltas, training=False):
        candidates, count = (
            self.settings[name][0 if training else 1]
            for name in ("candidates", "count")
        )
        boxes, scores, levels = [], [], []
        for level, anchors in enumerate(self.anchors):
            best = min(candidates, len(anchors))
            logits = ops.stop_gradient(ops.cast(objectness[level], "float32"))
            moved, logits = self._candidates(anchors, logits, deltas[level], best)
            boxes.append(moved)
            scores.append(logits)
            levels.append(np.full(best, level, "int32"))
        boxes = clip_boxes(ops.concatenate(boxes, axis=1), self.settings["image_size"])
        scores = ops.concatenate(scores, axis=1)
        indices, used = non_max_suppression(
            boxes,
            scores,
            count,
            self.settings["iou_threshold"],
            classes=np.concatenate(levels)[None] if len(levels) > 1 else None,
        )
        exists = ops.arange(count, dtype="int32")[None] < used[:, None]
        exists = ops.cast(exists, "float32")
        boxes = gather(boxes, indices)
        return boxes * ops.cast(exists[..., None], boxes.dtype), exists

    def _candidates(self, anchors, logits, deltas, best):
        """The ``best`` anchors of a level, moved, and their logits."""
        if not self.settings["gradient"]:
            deltas = ops.stop_gradient(deltas)
        if self.settings["min_size"]:
            boxes = decode_boxes(deltas, anchors, UNIT_WEIGHTS)
            inside = clip_boxes(boxes, self.settings["image_size"])
            sides = inside[..., 2:] - inside[..., :2]
            long = ops.all(sides >= self.settings["min_size"], axis=-1)
            logits, index = ops.top_k(ops.where(long, logits, -math.inf), best)
            return gather(boxes, ops.cast(index, "int32")), logits
        logits, index = ops.top_k(logits, best)
        index = ops.cast(index, "int32")
        moves = gather(deltas, index)
        return decode_boxes(moves, gather_rows(anchors, index), UNIT_WEIGHTS), logits

    def compute_output_spec(self, objectness, deltas, training=False):
        batch, count = objectness[0].shape[0], self.settings["count"]
        count = count[0 if training else 1]
        return (
            keras.KerasTensor((batch, count, 4), "float32"),
            keras.KerasTensor((batch, count), "float32"),
        )

    def get_config(self):
        return {**super().get_config(), **self.settings}


@keras.saving.register_keras_serializable(package="kseg")
class LogitOfTwo(keras.layers.Layer):
    """The logit of the second of two classes: ``softmax(a, b)[1] = sigmoid(b - a)``.

    Input shape:
        (B, h, w, 2A), h and w known: of the first class A maps, then of the second.

    Output shape:
        (B, h*w*A), float32 under any dtype policy.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, inputs):
        first, second = ops.split(ops.cast(inputs, "float32"), 2, axis=-1)
        return ops.reshape(second - first, (-1, math.prod(first.shape[1:])))

    def compute_output_spec(self, inputs):
        batch, *rest = inputs.shape
        return keras.KerasTensor((batch, math.prod(rest) // 2), "float32")
