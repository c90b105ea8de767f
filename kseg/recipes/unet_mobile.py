"""A phone-sized U-Net on a pretrained backbone, for a few hundred images of any kind.

    Command   kseg train unet-mobile --data DIR --out runs/mine --minutes 30
    Time      30 minutes on 2 cores (--minutes says how long)
    Score     not measured here

EfficientNet-Lite0 with its embedded ImageNet weights. Where `unet` starts from nothing
and looks at texture, this one knows photographs: use it for scenes and things. It takes
label maps, and masks of single objects, which it parts as `unet` does.
"""

from dataclasses import replace

import keras

from kseg.models.on_backbone.unet import BackboneUNet
from kseg.recipes import get


def network(num_classes: int, channels: int, *, backbone, weights) -> keras.Model:
    """The network, for images of any size; its finest maps have half of it."""
    return BackboneUNet(
        num_classes,
        (None, None, channels),
        backbone=backbone,
        weights=weights,
        filters=(64, 64, 48, 32),
        separable=True,
        name="unet_mobile",
    )


RECIPE = replace(
    get("unet"),
    network=network,
    image_size=(256, 256),
    epochs=40,
    learning_rate=1e-3,
    backbone="efficientnet_lite0",
    weights="imagenet",
    multiple=1,
    margin=64,
    stride=32,
)
