"""What a network of regions finds: the boxes that remain, and their masks."""

import keras
from keras import ops

from kseg.ops import class_masks, clip_boxes, decode_boxes, gather, non_max_suppression


@keras.saving.register_keras_serializable(package="kseg")
class Detections(keras.layers.Layer):
    """Softmax, boxes of each class, and per class of those that overlap the best.

    Called on ``(logits, deltas, proposals, exists)``. Everything is float32 under any
    dtype policy.

    Args:
        image_size: (H, W) of the input, in pixels.
        count: D, how many detections an image has at most.
        score_threshold: Detections score above it.
        iou_threshold: Of one class, a box goes that overlaps a better one by more.

    Input shape:
        (B*R, K + 1), class 0 being background; (B*R, K, 4); (B, R, 4); (B, R), 0 where
        there is no proposal.

    Output shape:
        boxes (B, D, 4), scores (B, D), classes (B, D) int32 1 to K, count (B,) int32;
        the best score first, and 0 after the last detection.

    Reference:
        Girshick, Fast R-CNN, ICCV 2015, section 2.4.
    """

    def __init__(
        self,
        image_size,
        count: int = 100,
        score_threshold: float = 0.05,
        iou_threshold: float = 0.5,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.settings = {
            "image_size": tuple(image_size),
            "count": count,
            "score_threshold": score_threshold,
            "iou_threshold": iou_threshold,
        }

    def call(self, logits, deltas, proposals, exists):
        regions, classes = proposals.shape[1], deltas.shape[-2]
        scores = ops.softmax(ops.cast(logits, "float32"))[:, 1:]
        scores = ops.reshape(scores, (-1, regions, classes)) * exists[..., None]
        deltas = ops.reshape(deltas, (-1, regions, classes, 4))
        boxes = clip_boxes(
            decode_boxes(deltas, proposals[:, :, None]), self.settings["image_size"]
        )
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
        found = ops.where(exists, indices % classes + 1, 0)
        boxes = ops.where(exists[..., None], gather(boxes, indices), 0)
        return boxes, score, ops.cast(found, "int32"), used

    def compute_output_spec(self, logits, deltas, proposals, exists):
        batch, count = proposals.shape[0], self.settings["count"]
        return (
            keras.KerasTensor((batch, count, 4), "float32"),
            keras.KerasTensor((batch, count), "float32"),
            keras.KerasTensor((batch, count), "int32"),
            keras.KerasTensor((batch,), "int32"),
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

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, logits, classes):
        flat = ops.reshape(classes, (-1,))
        masks = ops.sigmoid(ops.cast(class_masks(logits, flat), "float32"))
        exists = ops.cast(flat > 0, "float32")[:, None, None]
        return ops.reshape(masks * exists, (-1, classes.shape[1], *logits.shape[1:3]))

    def compute_output_spec(self, logits, classes):
        return keras.KerasTensor((*classes.shape, *logits.shape[1:3]), "float32")
