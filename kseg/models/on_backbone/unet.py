"""A U-Net whose contracting path is a backbone: for few images, and for phones.

The maps of the backbone take the place of the paper's contracting path, and of its
skips. For EfficientNet-Lite0 and an image of 384 x 480 (H x W), as `mobile` builds it:

    stride  backbone      expanding path
    2       c1  16
    4       c2  24        concat 88  -> two separable 3x3, 64 -> score K, x4 bilinear
    8       c3  40        concat 104 -> two separable 3x3, 64
    16      c4  112       concat 176 -> two separable 3x3, 64
    32      c5  320       1x1 to 64

An up-convolution of the paper is here a bilinear resize of twice the size: what it
joins has few channels. Every 3x3 convolution is followed by a batch norm and a ReLU6.
"""

import os
from collections.abc import Sequence
from functools import partial

import keras
from keras import layers

from kseg.backbones import features
from kseg.checks import check_image_shape, check_whole
from kseg.layers import BatchNorm, BilinearUpsampling2D, Crop, PadToMultiple


def BackboneUNet(
    num_classes: int = 2,
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    *,
    backbone: str | keras.Model = "efficientnet_lite0",
    weights: str | os.PathLike | None = None,
    filters: Sequence[int] = (256, 128, 64, 32),
    separable: bool = False,
    name: str = "backbone_unet",
) -> keras.Model:
    """A U-Net on a backbone, for images of any size.

    Args:
        num_classes: Classes of the label map, background included.
        input_shape: (H, W, C); H and W may be None, C what the backbone takes.
        backbone: As `kseg.backbones.features` takes it.
        weights: Of the backbone: None, "imagenet" or a path.
        filters: Channels of the expanding path at stride 16, 8, 4 and 2; as many
            levels as there are numbers, 1 to 4. The score of the last one is resized
            to the image.
        separable: Depthwise and pointwise convolutions in place of full ones.
        name: Name of the model.

    Returns:
        A functional model from images (B, H, W, C), 0..255, uint8 or float32, to logits
        (B, H, W, num_classes), float32. Inside, the image is padded with zeros to
        multiples of 32.

    Raises:
        ValueError: An argument is outside these ranges.

    Reference:
        Ronneberger et al. 2015 for the expanding path and its skips.
    """
    check_whole(num_classes=num_classes)
    if not isinstance(filters, Sequence) or not 1 <= len(filters) <= 4:
        raise ValueError(
            f"filters must be 1 to 4 numbers, such as (64, 64). Received: {filters!r}."
        )
    check_whole(**{f"filters[{i}]": n for i, n in enumerate(filters)})
    check_image_shape(input_shape, may_be_open=True)
    block = partial(_conv, separable=separable)

    inputs = keras.Input(input_shape, name="image")
    padded = PadToMultiple(32, name="pad")(inputs)
    c = features(backbone, padded, weights=weights)

    x = _conv(c["c5"], filters[0], 1, name="bottom")
    for level, channels in zip((4, 3, 2, 1), filters, strict=False):
        x = BilinearUpsampling2D(2, name=f"up{level}_up")(x)
        x = layers.Concatenate(name=f"up{level}_concat")([x, c[f"c{level}"]])
        for i in (1, 2):
            x = block(x, channels, 3, name=f"up{level}_conv{i}")

    # float32: a loss over thousands of pixels needs logits finer than float16's.
    x = layers.Conv2D(num_classes, 1, dtype="float32", name="score")(x)
    x = BilinearUpsampling2D(2**level, dtype="float32", name="score_up")(x)
    logits = Crop(name="crop", dtype="float32")([x, inputs])
    return keras.Model(inputs, logits, name=name)


BackboneUNet.task, BackboneUNet.default_parameters = "semantic", 5_167_970


def mobile(
    num_classes: int,
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    *,
    backbone: str | keras.Model = "efficientnet_lite0",
    weights: str | os.PathLike | None = "imagenet",
) -> keras.Model:
    """The phone-sized configuration: a small backbone, 64 separable filters.

    Args:
        num_classes: As `BackboneUNet` takes it.
        input_shape: As `BackboneUNet` takes it.
        backbone: As `BackboneUNet` takes it.
        weights: Of the backbone: "imagenet" (embedded, no download), None or a path.

    Returns:
        The model; on EfficientNet-Lite0 it has about 3 million parameters.
    """
    return BackboneUNet(
        num_classes,
        input_shape,
        backbone=backbone,
        weights=weights,
        filters=(64, 64, 64),
        separable=True,
        name="unet_mobile",
    )


def _conv(x, filters: int, kernel: int, *, separable: bool = False, name: str):
    """Convolution, batch norm and ReLU6."""
    if separable:
        x = layers.DepthwiseConv2D(
            kernel, padding="same", use_bias=False, name=f"{name}_dw"
        )(x)
        kernel = 1
    x = layers.Conv2D(
        filters,
        kernel,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    x = BatchNorm(name=f"{name}_norm")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)
