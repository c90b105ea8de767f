"""The parts of Mask R-CNN that differ between its heads, FPN and C4.

Each part is a functional model of its own, so that training can run it on other regions
than prediction does.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from kseg.backbones import features
from kseg.backbones.fpn import fpn
from kseg.backbones.freezing import freeze
from kseg.checks import check_image_shape, check_whole
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


def check_input(shape, rois: int) -> None:
    """Raise ValueError for sizes with which the network cannot be built.

    Args:
        shape: (H, W, C) of the images.
        rois: Regions of an image that the heads are trained on.
    """
    check_image_shape(shape, may_be_open=False)
    if shape[0] % 32 or shape[1] % 32:
        raise ValueError(
            "Height and width must be multiples of 32. Received: "
            f"input_shape={tuple(shape)}."
        )
    if rois < 4:
        raise ValueError(
            "rois must be 4 or more: up to a quarter of them are objects. Received: "
            f"rois={rois}."
        )


def whole_pair(name: str, values) -> tuple[int, int]:
    """Two whole numbers, for training and else; anything else is a ValueError."""
    pair = tuple(values) if isinstance(values, (tuple, list)) else ()
    if len(pair) != 2:
        raise ValueError(
            f"{name} must be two numbers, of training and else. Received: "
            f"{name}={values!r}."
        )
    check_whole(**{f"{name}[{i}]": value for i, value in enumerate(pair)})
    return pair


def frozen_parts(weights, freeze_at, frozen_batch_norm) -> tuple[int, bool]:
    """``stages`` and ``batch_norm`` of ``freeze``; what is None goes by the weights."""
    pretrained = weights is not None
    return (
        2 * pretrained if freeze_at is None else freeze_at,
        pretrained if frozen_batch_norm is None else frozen_batch_norm,
    )


def pyramid(image, backbone, weights, frozen, channels, separable) -> list:
    """The maps p2 to p6; ``frozen`` are the last arguments of ``freeze``."""
    maps = features(backbone, image, weights=weights)
    freeze(*_inside(backbone, image, maps), *frozen)
    return list(fpn(maps, channels, separable).values())


def c4_and_conv5(image, backbone, weights, frozen):
    """The map c4 of the image, and the model from such a map to c5, of any size."""
    of_any_size = keras.Input((None, None, image.shape[-1]), name="any_image")
    maps = features(backbone, of_any_size, weights=weights)
    if isinstance(backbone, keras.Model):
        if backbone.input_shape[1:3] != (None, None):
            raise ValueError(
                "With head='c4', whose last stage runs on regions, a model as backbone "
                "must take images of any size, (None, None, C). Received: one of "
                f"input shape {backbone.input_shape}."
            )
    of_any_size, maps = _inside(backbone, of_any_size, maps)
    freeze(of_any_size, maps, *frozen)
    trunk = keras.Model(of_any_size, maps["c4"], name="c1_to_c4")
    return trunk(image), keras.Model(maps["c4"], maps["c5"], name="conv5")


def _inside(backbone, image, maps) -> tuple:
    """Image and maps between which the backbone's own layers lie.

    A model that was called is one layer, which would be frozen as a whole; so is a
    subclass of ``keras.Model``, which has no graph to divide.
    """
    inputs = getattr(backbone, "inputs", None)
    if inputs is None:
        return image, maps
    # Keras sorts the keys of a dict.
    return inputs[0], dict(zip(sorted(maps), backbone.outputs, strict=True))


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
