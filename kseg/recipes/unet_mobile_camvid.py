"""A phone-sized U-Net on EfficientNet-Lite0, fine-tuned on CamVid's 367 images.

    Command   kseg train --recipe unet-mobile-camvid --data CAMVID --out runs/camvid \\
                  --minutes 65
    Time      65 minutes on 2 cores
    Score     test mean IoU 0.647, with --tta 0.657 (docs/unet.md has the commands)

The embedded ImageNet weights to start with, so nothing is downloaded. Cross-entropy
with the square root of the median-frequency weights, which spares the large classes
more than the full weights do, and Dice for the small ones.
"""

import keras
import numpy as np

from kseg.losses import CrossEntropy, Dice, Sum, dataset_class_weights
from kseg.models.on_backbone.unet import mobile
from kseg.train.recipe import Recipe


def network(num_classes: int, channels: int, *, backbone, weights) -> keras.Model:
    """The network, for images of any size."""
    shape = (None, None, channels)
    return mobile(num_classes, shape, backbone=backbone, weights=weights)


def loss(dataset) -> keras.losses.Loss:
    """Balanced cross-entropy and Dice."""
    weights = np.sqrt(dataset_class_weights(dataset)).tolist()
    return Sum(
        [
            CrossEntropy(class_weights=weights, ignore_label=dataset.ignore_label),
            Dice(smooth=10.0, ignore_label=dataset.ignore_label),
        ]
    )


RECIPE = Recipe(
    network=network,
    loss=loss,
    image_size=(352, 480),
    tile_size=(360, 480),
    epochs=60,
    average_momentum=0.998,
    # What a camera on a car meets: left is like right, and the light changes.
    augmentation={
        "flip": True,
        "scale": (0.65, 1.8),
        "brightness": 0.3,
        "contrast": 0.3,
        "gamma": 0.3,
        "noise": 0.05,
        "blur": 1.0,
    },
    backbone="efficientnet_lite0",
    weights="imagenet",
)
