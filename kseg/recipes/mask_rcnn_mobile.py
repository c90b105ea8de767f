"""A phone-sized Mask R-CNN for photographs: a few objects of some classes.

    Command   kseg train --recipe mask-rcnn-mobile --data DIR --out runs/objects
    Time      not measured here: 60 passes over the images
    Score     not measured here: `benchmarks/overfit_instances.py` says what it learns
              by heart

Whole images, fitted into 320 x 320; the embedded ImageNet weights to start with.
"""

import keras

from kseg.models import MaskRCNN

# The optimizer of kseg.recipes.unet fits: AdamW, clipped, no decay on biases.
from kseg.recipes.unet import optimizer
from kseg.train import schedules

__all__ = ["network", "optimizer"]

IMAGE_SIZE = (320, 320)
BATCH_SIZE = 8
LEARNING_RATE = 1e-3
EPOCHS = 60
SCHEDULE = schedules.cosine(warmup=0.05)
AVERAGE_MOMENTUM = 0.998
MULTIPLE = 32
MARGIN = 0
BACKBONE = "efficientnet_lite0"
WEIGHTS = "imagenet"
OBJECTS = {"resize": "letterbox", "max_instances": 100, "mask_size": 56}
SCORE_THRESHOLD = 0.5
AUGMENTATION = {
    "flip": True,
    "scale": (0.5, 2.0),
    "copy_paste": 0.3,
    "brightness": 0.3,
    "contrast": 0.3,
    "gamma": 0.2,
}


def network(
    num_classes: int,
    channels: int,
    *,
    size: tuple[int, int] = IMAGE_SIZE,
    backbone=BACKBONE,
    weights=WEIGHTS,
) -> keras.Model:
    """The network, for images of ``size``."""
    shape = (*size, channels)
    return MaskRCNN.mobile(num_classes, shape, backbone=backbone, weights=weights)
