"""The feature pyramid network on top of a backbone.

Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017,
arXiv:1612.03144, as in detectron2. For an image of 512 x 512:

    c5   16 x 16   1x1                               -> 3x3 -> p5
    c4   32 x 32   1x1 + nearest x2 of the sum above -> 3x3 -> p4
    c3   64 x 64   1x1 + nearest x2 of the sum above -> 3x3 -> p3
    c2  128 x 128  1x1 + nearest x2 of the sum above -> 3x3 -> p2
    p5   16 x 16   every second row and column              -> p6

No activations. 3,344,384 parameters on a ResNet-50.

Departure from the paper: the slim form for phones filters each channel by itself and
then mixes them, and normalises, as EfficientDet's pyramid does.
"""

import keras
from keras import layers

from kseg.checks import check_whole
from kseg.layers import BatchNorm, NearestUpsampling2D

STRIDES = (4, 8, 16, 32, 64)


def fpn(maps: dict, channels: int = 256, separable: bool = False) -> dict:
    """Maps of strides 4 to 64 that all have the same number of channels.

    Args:
        maps: ``{"c2": ..., "c5": ...}`` of ``kseg.backbones.features``, for an image of
            a height and width that 32 divides.
        channels: Of every level.
        separable: The slim form.

    Returns:
        ``{"p2": ..., "p6": ...}``, KerasTensors (B, H, W, channels). p6 is every second
        row and column of p5, for anchors only.

    Raises:
        ValueError: ``channels`` is below 1.

    Reference:
        Lin et al. 2017, section 3.
    """
    check_whole(channels=channels)
    pyramid, above = {}, None
    for level in (5, 4, 3, 2):
        x = _conv(maps[f"c{level}"], channels, 1, separable, f"fpn_lateral{level}")
        if above is not None:
            up = NearestUpsampling2D(2, name=f"fpn_up{level}")(above)
            x = layers.Add(name=f"fpn_sum{level}")([x, up])
        above = x
        pyramid[f"p{level}"] = _conv(x, channels, 3, separable, f"fpn_output{level}")
    pool = layers.MaxPooling2D(1, 2, padding="same", name="fpn_p6")
    pyramid["p6"] = pool(pyramid["p5"])
    return dict(sorted(pyramid.items()))


def _conv(x, channels, kernel, separable, name):
    if separable and kernel > 1:
        depthwise = layers.DepthwiseConv2D(
            kernel, padding="same", use_bias=False, name=f"{name}_dw"
        )
        x, kernel = depthwise(x), 1
    x = layers.Conv2D(
        channels,
        kernel,
        padding="same",
        use_bias=not separable,
        kernel_initializer=keras.initializers.VarianceScaling(1, "fan_in", "uniform"),
        name=name,
    )(x)
    return BatchNorm(name=f"{name}_norm")(x) if separable else x
