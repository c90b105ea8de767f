"""From what the heads say of regions to detections: scores, boxes, and which remain.

Three layers, so that regions of two rounds can be put together before the selection,
and masks can vote after it. B counts images, R regions of an image, K classes without
background, D detections of an image. All is float32 under any dtype policy.
"""

import keras
import numpy as np
from keras import ops

from kseg.ops import (
    class_masks,
    clip_boxes,
    decode_boxes,
    gather,
    non_max_suppression,
)
from kseg.ops.boxes.box_coding import MEANS, WEIGHTS


@keras.saving.register_keras_serializable(package="kseg")
class ClassScores(keras.layers.Layer):
    """Softmax of each region's classes, without that of the background.

    Called on ``(logits, exists)``.

    Input shape:
        (B*R, K + 1), class 0 being background; (B, R), 0 where there is no region.

    Output shape:
        (B, R, K) in [0, 1], 0 where there is no region.

    Reference:
        Girshick, Fast R-CNN, ICCV 2015, section 2.1.
    """

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, logits, exists):
        regions, classes = exists.shape[1], logits.shape[-1] - 1
        scores = ops.softmax(ops.cast(logits, "float32"))[:, 1:]
        return ops.reshape(scores, (-1, regions, classes)) * exists[..., None]

    def compute_output_spec(self, logits, exists):
        return keras.KerasTensor((*exists.shape, logits.shape[-1] - 1), "float32")


@keras.saving.register_keras_serializable(package="kseg")
class DecodeBoxes(keras.layers.Layer):
    """Each region, moved by what the box head says, and clipped to the image.

    Called on ``(deltas, regions)``. Differentiable in both.

    Args:
        image_size: (H, W) of the input, in pixels.
        weights, means: Of ``kseg.ops.decode_boxes``, as the network is trained with.

    Input shape:
        (B*R, K, 4) for boxes of each class, (B*R, 1, 4) for boxes of any class; and
        (B, R, 4), (y1, x1, y2, x2) in pixels.

    Output shape:
        (B, R, K, 4) or (B, R, 1, 4).

    Reference:
        Girshick et al., R-CNN, CVPR 2014, appendix C.
    """

    def __init__(self, image_size, weights=WEIGHTS, means=MEANS, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.settings = {
            "image_size": tuple(image_size),
            # Not the layer's own weights, of which Keras has the name.
            "weights": tuple(weights),
            "means": tuple(means),
        }

    def call(self, deltas, regions):
        deltas = ops.reshape(deltas, (-1, regions.shape[1], deltas.shape[-2], 4))
        boxes = decode_boxes(
            deltas,
            regions[:, :, None],
            self.settings["weights"],
            means=self.settings["means"],
        )
        return clip_boxes(boxes, self.settings["image_size"])

    def compute_output_spec(self, deltas, regions):
        return keras.KerasTensor((*regions.shape[:2], *deltas.shape[1:]), "float32")

    def get_config(self):
        return {**super().get_config(), **self.settings}


@keras.saving.register_keras_serializable(package="kseg")
class SelectDetections(keras.layers.Layer):
    """Of each class, the boxes that score enough and do not overlap a better one.

    Called on ``(boxes, scores)``. Nothing has a gradient.

    Args:
        count: D, how many detections an image has at most.
        score_threshold: Detections score above it.
        iou_threshold: Of one class, a box goes that overlaps a better one by more.

    Input shape:
        (B, R, K, 4), or (B, R, 1, 4) for boxes of any class; (B, R, K).

    Output shape:
        boxes (B, D, 4), scores (B, D), classes (B, D) int32 1 to K, count (B,) int32,
        and the regions that they are from, (B, D) int32 in [0, R): the best score
        first, and 0 after the last detection.

    Reference:
        Girshick, Fast R-CNN, ICCV 2015, section 2.4.
    """

    def __init__(
        self,
        count: int = 100,
        score_threshold: float = 0.05,
        iou_threshold: float = 0.5,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.settings = {
            "count": count,
            "score_threshold": score_threshold,
            "iou_threshold": iou_threshold,
        }

    def call(self, boxes, scores):
        _, regions, classes = scores.shape
        if boxes.shape[2] != classes:
            boxes = boxes + np.zeros((classes, 1), "float32")  # the same for each class
        boxes = ops.reshape(boxes, (-1, regions * classes, 4))
        scores = ops.reshape(scores, (-1, regions * classes))
        number = ops.arange(regions * classes, dtype="int32") % classes
        indices, used = non_max_suppression(
            boxes,
            scores,
            self.settings["count"],
            self.settings["iou_threshold"],
            self.settings["score_threshold"],
            classes=number[None] if classes > 1 else None,
        )
        exists = ops.arange(self.settings["count"], dtype="int32")[None] < used[:, None]
        score = ops.where(exists, gather(scores, indices), 0)
        kind = ops.where(exists, indices % classes + 1, 0)
        boxes = ops.where(exists[..., None], gather(boxes, indices), 0)
        region = ops.cast(ops.where(exists, indices // classes, 0), "int32")
        return boxes, score, ops.cast(kind, "int32"), used, region

    def compute_output_spec(self, boxes, scores):
        batch, count = scores.shape[0], self.settings["count"]
        return (
            keras.KerasTensor((batch, count, 4), "float32"),
            keras.KerasTensor((batch, count), "float32"),
            keras.KerasTensor((batch, count), "int32"),
            keras.KerasTensor((batch,), "int32"),
            keras.KerasTensor((batch, count), "int32"),
        )

    def get_config(self):
        return {**super().get_config(), **self.settings}


@keras.saving.register_keras_serializable(package="kseg")
class MasksOfClass(keras.layers.Layer):
    """The probabilities of each detection's own class: ``sigmoid`` of its mask.

    Called on ``(logits, classes)``; float32 under any dtype policy.

    Input shape:
        (B*D, m, m, K) and (B, D) int32, 0 where there is no detection.

    Output shape:
        (B, D, m, m) in [0, 1], 0 where there is no detection.

    Reference:
        He et al., Mask R-CNN, ICCV 2017, section 3.
    """

    takes_maps = True  # int8 in an int8 file, other than the classes (kseg.export)

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, logits, classes):
        flat = ops.reshape(classes, (-1,))
        masks = ops.sigmoid(ops.cast(class_masks(logits, flat), "float32"))
        exists = ops.cast(flat > 0, "float32")[:, None, None]
        return ops.reshape(masks * exists, (-1, classes.shape[1], *logits.shape[1:3]))

    def compute_output_spec(self, logits, classes):
        return keras.KerasTensor((*classes.shape, *logits.shape[1:3]), "float32")
