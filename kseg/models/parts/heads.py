"""What looks into regions: the heads of Mask R-CNN on a pyramid, and on C4.

Each part is a functional model of its own, so that training can run it on other regions
than prediction does.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from kseg.layers import PyramidRoIAlign, RoIAlign, UpConv2D
from kseg.models.parts.initializers import caffe2_xavier, gaussian, msra

# Pixels of the features of a region along each axis, and C4's stride.
BOX_BINS, MASK_BINS, C4_STRIDE = 7, 14, 16


@dataclass(frozen=True)
class Heads:
    """The second stage.

    Attributes:
        pool: From ``[*features, boxes]`` to what ``box_head`` takes.
        box_head: To a dict of ``logits`` (N, K + 1) and ``deltas`` (N, K, 4), float32,
            and with C4 of ``regions``, which ``mask_head`` shares.
        mask_pool: As ``pool``, for ``mask_head``; None with C4.
        mask_head: To (N, m, m, K) logits, float32.
    """

    pool: Callable
    box_head: keras.Model
    mask_pool: Callable | None
    mask_head: keras.Model

    def masks(self, maps, boxes, training=False):
        """Mask logits (B*R, m, m, K) of boxes (B, R, 4)."""
        if self.mask_pool is not None:
            regions = self.mask_pool([*maps, boxes])
        else:
            regions = self.pool([*maps, boxes])
            regions = self.box_head(regions, training=training)["regions"]
        return self.mask_head(regions, training=training)


def fpn_heads(classes, pooling, channels, fc_filters, filters, separable) -> Heads:
    """Two fully connected layers for boxes, four convolutions for masks.

    Args:
        classes: K.
        pooling: Keyword arguments for ``PyramidRoIAlign``.
        channels: Of the pyramid.
        fc_filters, filters: Of the box and the mask head.
        separable: Filter each channel by itself, then mix them.
    """
    regions = keras.Input((BOX_BINS, BOX_BINS, channels))
    x = layers.Flatten(name="flatten")(regions)
    for name in ("fc1", "fc2"):
        x = layers.Dense(fc_filters, kernel_initializer=caffe2_xavier(), name=name)(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
    box_head = keras.Model(regions, _boxes(x, classes), name="box_head")

    regions = x = keras.Input((MASK_BINS, MASK_BINS, channels))
    for i in range(1, 5):
        name, kernel = f"mask_conv{i}", 3
        if separable:
            x = layers.DepthwiseConv2D(3, padding="same", name=f"{name}_dw")(x)
            kernel = 1
        conv = dict(padding="same", kernel_initializer=msra())
        x = layers.Conv2D(filters, kernel, **conv, name=name)(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
    mask_head = keras.Model(regions, _masks(x, classes, filters), name="mask_head")
    pool, mask_pool = (
        PyramidRoIAlign(bins, **pooling, name=name)
        for bins, name in ((BOX_BINS, "box_pool"), (MASK_BINS, "mask_pool"))
    )
    return Heads(pool, box_head, mask_pool, mask_head)


def c4_heads(classes, pooling, conv5, filters) -> Heads:
    """The backbone's last stage in each region, for boxes and masks.

    Args:
        classes: K.
        pooling: Keyword arguments for ``RoIAlign``.
        conv5: Of ``c4_and_conv5``.
        filters: Of the mask head.
    """
    pool = RoIAlign(MASK_BINS, 1 / C4_STRIDE, **pooling, name="pool")
    inputs = keras.Input((MASK_BINS, MASK_BINS, conv5.input_shape[-1]))
    regions = conv5(inputs)
    x = layers.GlobalAveragePooling2D(name="mean")(regions)
    outputs = {**_boxes(x, classes), "regions": regions}
    box_head = keras.Model(inputs, outputs, name="box_head")
    shared = keras.Input(regions.shape[1:])
    mask_head = keras.Model(shared, _masks(shared, classes, filters), name="mask_head")
    return Heads(pool, box_head, None, mask_head)


def _boxes(x, classes):
    """The last layers of the box head; class 0 is background."""
    exact = dict(dtype="float32")
    logits = layers.Dense(
        classes + 1, kernel_initializer=gaussian(0.01), **exact, name="cls_score"
    )(x)
    deltas = layers.Dense(
        4 * classes, kernel_initializer=gaussian(0.001), **exact, name="bbox_pred"
    )(x)
    deltas = layers.Reshape((classes, 4), **exact, name="deltas")(deltas)
    return {"logits": logits, "deltas": deltas}


def _masks(x, classes, filters):
    x = UpConv2D(filters, activation="relu", name="mask_deconv")(x)
    return layers.Conv2D(
        classes, 1, kernel_initializer=gaussian(0.001), dtype="float32", name="mask"
    )(x)
