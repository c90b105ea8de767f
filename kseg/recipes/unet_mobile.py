"""A phone-sized U-Net on a pretrained backbone, for a few hundred images of any kind.

    Command   kseg train unet-mobile --data DIR --out runs/mine --minutes 30
    Time      30 minutes on 2 cores (--minutes says how long)
    Score     not measured here

EfficientNet-Lite0 with its embedded ImageNet weights. Where `unet` starts from nothing
and looks at texture, this one knows photographs: use it for scenes and things. It takes
label maps, and masks of single objects, which it parts as `unet` does.
"""

import keras

from kseg.models.on_backbone.unet import BackboneUNet
from kseg.recipes.unet import (
    AUGMENTATION,
    INSTANCE_TARGET,
    INSTANCES,
    loss,
    optimizer,  # at unet's rate, but training sets this recipe's before each step
)
from kseg.train import schedules

__all__ = [
    "AUGMENTATION",
    "INSTANCES",
    "INSTANCE_TARGET",
    "loss",
    "network",
    "optimizer",
]

IMAGE_SIZE = (256, 256)
TILE_SIZE = (256, 256)
BATCH_SIZE = 8
LEARNING_RATE = 1e-3
EPOCHS = 40
SCHEDULE = schedules.cosine(warmup=0.03)
AVERAGE_MOMENTUM = 0.99
STRIDE = 32
MULTIPLE = 1
MARGIN = 64
BACKBONE = "efficientnet_lite0"
WEIGHTS = "imagenet"


def network(
    num_classes: int, channels: int, *, backbone=BACKBONE, weights=WEIGHTS
) -> keras.Model:
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
