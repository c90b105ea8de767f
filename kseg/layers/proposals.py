"""Region proposals: the best of what a region proposal network moved its anchors to."""

import math

import keras
import numpy as np
from keras import ops

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
    is float32 under any dtype policy, and nothing has a gradient.

    Args:
        image_size: (H, W) of the input, in pixels.
        sizes: For each level its anchor size or sizes, in pixels.
        ratios: Heights over widths of the anchors.
        strides: Of each level.
        candidates: How many anchors of each level take part, in training and else.
        count: R, how many proposals there are, in training and else.
        iou_threshold: A proposal goes that overlaps a better one of its level by more.

    Input shape:
        For each level (B, h*w*A) and (B, h*w*A, 4), ``h = ceil(H / stride)``.

    Output shape:
        Boxes (B, R, 4), (y1, x1, y2, x2) in pixels, best first, 0 where unused; and
        (B, R) float32, 1 where there is a proposal.

    Raises:
        ValueError: As ``kseg.ops.make_pyramid_anchors``.

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
        }
        shapes = [[-(-n // stride) for n in image_size] for stride in strides]
        # A tuple, because Keras would track a list.
        self.anchors = tuple(make_pyramid_anchors(sizes, ratios, strides, shapes))

    def call(self, objectness, deltas, training=False):
        candidates, count = (
            self.settings[name][0 if training else 1]
            for name in ("candidates", "count")
        )
        boxes, scores, levels = [], [], []
        for level, anchors in enumerate(self.anchors):
            best = min(candidates, len(anchors))
            logits = ops.stop_gradient(ops.cast(objectness[level], "float32"))
            logits, index = ops.top_k(logits, best)
            index = ops.cast(index, "int32")
            moves = gather(ops.stop_gradient(deltas[level]), index)
            boxes.append(decode_boxes(moves, gather_rows(anchors, index), UNIT_WEIGHTS))
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
        return gather(boxes, indices) * exists[..., None], exists

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
