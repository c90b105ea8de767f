"""Mask R-CNN with ResNet-50 and FPN, as detectron2 trains it on COCO.

    Command   kseg train --recipe mask-rcnn-coco --data COCO --out runs/coco
    Time      not measured here: 90,000 steps of 16 images; for an accelerator
    Score     not measured here; published on COCO's val2017 images, from train2017's
              118,287: mask AP 35.2, box AP 38.6 (detectron2's model zoo, R50-FPN, 1x)

SGD with a rate of 0.02, momentum 0.9 and decay 1e-4, 1,000 steps of linear warm-up,
steps at 60,000 and 80,000 of 90,000; backbone up to c2 and its batch norm frozen.

Departures from detectron2: images are fitted into 800 x 1344 (its shorter sides are 640
to 800); the warm-up begins at a hundredth of the rate (there a thousandth); biases and
the offsets of batch norm do not decay, as in the papers' Caffe code.
"""

from functools import partial

import keras

from kseg.models import MaskRCNN
from kseg.train import schedules
from kseg.train.optimizers import CaffeSGD
from kseg.train.recipe import Recipe


def network(
    num_classes: int, channels: int, *, size: tuple[int, int], backbone, weights
) -> keras.Model:
    """The network, for images of ``size``."""
    shape = (*size, channels)
    return MaskRCNN(num_classes, shape, backbone=backbone, weights=weights)


RECIPE = Recipe(
    task="instances",
    network=network,
    # The decay is in the gradient, as detectron2 has it.
    optimizer=partial(CaffeSGD, momentum=0.9, weight_decay=1e-4, bias_multiplier=1.0),
    image_size=(800, 1344),
    batch_size=16,
    epochs=12,  # 90,000 steps of 16 are 12.2 passes over train2017
    learning_rate=0.02,
    schedule=schedules.step(at=(60 / 90, 80 / 90), warmup=1 / 90),
    augmentation={"flip": True},
    backbone="resnet50",
    weights="imagenet",
    multiple=32,
)
