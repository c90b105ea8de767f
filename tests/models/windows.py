"""A network of objects without regions: a score and a mask for each window of a grid.

What DeepMask does with every window of an image, as small as it can be.
"""

import keras
import numpy as np
from keras import layers, ops

from kseg.models import ObjectNetwork
from kseg.ops import clip_boxes, gather, mask_targets
from kseg.ops.gather import gather_rows

STRIDE, SIDE, M = 8, 32, 7  # of the grid, of a window in pixels, of a mask in cells


def windows(size):
    """(N, 4) boxes, centred on the cells of the grid, in the order of its rows."""
    ys, xs = (np.arange(n // STRIDE) * STRIDE + STRIDE / 2 for n in size)
    centres = np.stack(np.meshgrid(ys, xs, indexing="ij"), -1).reshape(-1, 2)
    return np.concatenate([centres - SIDE / 2, centres + SIDE / 2], 1).astype("float32")


@keras.saving.register_keras_serializable(package="tests")
class BestWindows(layers.Layer):
    """The ``count`` windows that score best, those of 0.3 or more."""

    def __init__(self, size, count, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.settings = {"size": tuple(size), "count": count}

    def call(self, logits, masks):
        logits, index = ops.top_k(logits, self.settings["count"])
        scores, index = ops.sigmoid(logits), ops.cast(index, "int32")
        exists = ops.cast(scores >= 0.3, "float32")
        boxes = gather_rows(windows(self.settings["size"]), index)
        boxes = clip_boxes(boxes, self.settings["size"]) * exists[..., None]
        masks = ops.sigmoid(gather(masks, index)) * exists[..., None, None]
        return {
            "boxes": boxes,
            "scores": scores * exists,
            "classes": ops.cast(exists, "int32"),
            "masks": masks,
            "count": ops.cast(ops.sum(exists, axis=-1), "int32"),
        }

    def compute_output_spec(self, logits, masks):
        batch, count = logits.shape[0], self.settings["count"]
        shapes = {"boxes": (4,), "scores": (), "classes": (), "masks": (M, M)}
        specs = {
            name: keras.KerasTensor(
                (batch, count, *rest), "int32" if name == "classes" else "float32"
            )
            for name, rest in shapes.items()
        }
        return {**specs, "count": keras.KerasTensor((batch,), "int32")}

    def get_config(self):
        return {**super().get_config(), **self.settings}


@keras.saving.register_keras_serializable(package="tests")
class Windows(ObjectNetwork):
    """Its loss is the score's entropy everywhere, and the mask's where an object is."""

    TERMS = ("L_score", "L_mask")
    mask_threshold = 0.2

    def __init__(
        self,
        input_shape=(64, 96, 3),
        *,
        detections=5,
        filters=8,
        seed=0,
        name="windows",
    ):
        config = dict(input_shape=input_shape, detections=detections)
        config |= dict(filters=filters, seed=seed)
        image = keras.Input(input_shape, name="image")
        x = layers.Rescaling(1 / 127.5, offset=-1)(image)
        for i in range(3):
            conv = layers.Conv2D(
                filters, 3, 2, "same", kernel_initializer="he_normal", name=f"conv{i}"
            )
            x = layers.ReLU()(conv(x))
        exact = dict(dtype="float32")
        scores = layers.Conv2D(1, 1, **exact, name="score")(x)
        masks = layers.Conv2D(M * M, 3, padding="same", **exact, name="mask")(x)
        outputs = {
            "scores": layers.Reshape((-1,), **exact)(scores),
            "masks": layers.Reshape((-1, M, M), **exact)(masks),
        }
        trunk = keras.Model(image, outputs, name="trunk")
        best = BestWindows(input_shape[:2], detections, name="best")
        detections = best(outputs["scores"], outputs["masks"])
        options = dict(trunk=trunk, config=config, seed=0, name=name)
        super().__init__(image, detections, **options)

    def terms(self, outputs, truth, seed, training):
        boxes, size = truth["boxes"], self.input_shape[1:3]
        here = windows(size)[None]
        centres = (here[..., None, :2] + here[..., None, 2:]) / 2  # (1, N, 1, 2)
        inside = (boxes[:, None, :, :2] <= centres) & (centres < boxes[:, None, :, 2:])
        inside = ops.all(inside, axis=-1) & (truth["classes"] > 0)[:, None]
        index = ops.argmax(ops.cast(inside, "int32"), axis=-1)
        is_object = ops.cast(ops.any(inside, axis=-1), "float32")
        batch = ops.shape(boxes)[0]
        here = ops.repeat(ops.convert_to_tensor(here), batch, axis=0)
        target = mask_targets(truth["masks"], boxes, here, index, M)
        entropy = ops.softplus(outputs["scores"]) - is_object * outputs["scores"]
        of_masks = ops.softplus(outputs["masks"]) - target * outputs["masks"]
        of_masks = ops.mean(of_masks, axis=(-2, -1)) * is_object
        total = ops.maximum(ops.sum(is_object), 1)
        return {"L_score": ops.mean(entropy), "L_mask": ops.sum(of_masks) / total}
