"""A phone-sized Mask R-CNN for photographs: a few objects of some classes.

    Command   kseg train --recipe mask-rcnn-mobile --data DIR --out runs/objects
    Time      not measured here: 60 passes over the images
    Score     not measured here: `benchmarks/overfit_instances.py` says what it learns
              by heart

Whole images, fitted into 320 x 320; the embedded ImageNet weights to start with.
"""

import keras

from kseg.models import MaskRCNN
from kseg.train import schedules
from kseg.train.recipe import Recipe


def network(
    num_classes: int, channels: int, *, size: tuple[int, int], backbone, weights
) -> keras.Model:
    """The network, for images of ``size``."""
    shape = (*size, channels)
    return MaskRCNN.mobile(num_classes, shape, backbone=backbone, weights=weights)


RECIPE = Recipe(
    task="instances",
    network=network,
    image_size=(320, 320),
    epochs=60,
    schedule=schedules.cosine(warmup=0.05),
    average_momentum=0.998,
    augmentation={
        "flip": True,
        "scale": (0.5, 2.0),
        "copy_paste": 0.3,
        "brightness": 0.3,
        "contrast": 0.3,
        "gamma": 0.2,
    },
    backbone="efficientnet_lite0",
    weights="imagenet",
    multiple=32,
)
