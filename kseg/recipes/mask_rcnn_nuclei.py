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

from dataclasses import replace

import keras

from kseg.models import MaskRCNN
from kseg.recipes import get
from kseg.train.recipe import ObjectTarget


def network(
    num_classes: int, channels: int, *, size: tuple[int, int], backbone, weights
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


RECIPE = replace(
    get("mask-rcnn-mobile"),
    network=network,
    batch_size=4,
    epochs=30,
    margin=32,
    objects=ObjectTarget("tile", magnification=2.0, max_instances=200, mask_size=28),
    score_threshold=0.7,
    # Microscopy has no up and no down.
    augmentation={
        "flip": True,
        "turn": True,
        "scale": (0.6, 1.6),
        "brightness": 0.6,
        "contrast": 0.2,
        "gamma": 0.35,
        "noise": 0.05,
        "blur": 1.2,
    },
)
