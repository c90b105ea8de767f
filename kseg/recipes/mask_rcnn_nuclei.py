"""A phone-sized Mask R-CNN for nuclei and the like: many small objects, no upright.

    Command   kseg train --recipe mask-rcnn-nuclei --data DIR --out runs/nuclei \\
                  --minutes 75
    Time      75 minutes on 2 cores
    Score     mask AP 0.669; objects 0.823 at IoU 0.5 and 0.692 at 0.7, on 54
              fluorescence images of the 2018 Data Science Bowl (433 to train on):
              docs/mask_rcnn.md has the commands, and what the numbers mean

Images are magnified twice: a nucleus of 13 pixels, the median of half of the 2018 Data
Science Bowl, covers three cells of the finest map only, and its mask would be guessed.
Large images are predicted in tiles of 160 of their pixels, and objects joined across
the seams. Up to 300 proposals and 200 detections a tile, for crowds.
"""

import keras

from kseg.models import MaskRCNN

# The optimizer of kseg.recipes.unet fits: AdamW, clipped, no decay on biases.
from kseg.recipes.unet import optimizer
from kseg.train import schedules

__all__ = ["network", "optimizer"]

IMAGE_SIZE = (320, 320)
BATCH_SIZE = 4
LEARNING_RATE = 1e-3
EPOCHS = 30
SCHEDULE = schedules.cosine(warmup=0.05)
AVERAGE_MOMENTUM = 0.998
MULTIPLE = 32
MARGIN = 32
BACKBONE = "efficientnet_lite0"
WEIGHTS = "imagenet"

# What `kseg.data.make_object_pipeline` makes of images and objects.
OBJECTS = {
    "resize": "tile",
    "magnification": 2.0,
    "max_instances": 200,
    "mask_size": 28,
}
SCORE_THRESHOLD = 0.7

# Of `kseg.data.ObjectAugment`; microscopy has no up and no down.
AUGMENTATION = {
    "flip": True,
    "turn": True,
    "scale": (0.6, 1.6),
    "brightness": 0.6,
    "contrast": 0.2,
    "gamma": 0.35,
    "noise": 0.05,
    "blur": 1.2,
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
    return MaskRCNN.mobile(
        num_classes,
        (*size, channels),
        backbone=backbone,
        weights=weights,
        proposals=(500, 300),
        detections=200,
    )
