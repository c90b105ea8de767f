"""SegNet on CamVid's 11 classes, its encoder from VGG-16's ImageNet weights.

    Command   kseg train --recipe segnet-camvid --data CAMVID --out runs/segnet
    Time      not measured here: 40,000 steps of 4 images; for an accelerator
    Score     not measured here; published on CamVid's 233 test images: mean IoU 46.4
              from these 367 images, 60.1 from 3,433 of several data sets

The settings are those of the release's segnet_solver.prototxt: SGD with a fixed rate of
0.001, momentum 0.9, biases twice as fast and without decay. Its class weights are
`kseg.losses.SEGNET_CAMVID_WEIGHTS`; here they follow from the training images by the
paper's formula, so that the recipe fits other data too.

Departures from the release:
    - Batch statistics for inference are moving averages; those of a pass over the
      training set, as the release makes them, are `kseg.train.recompute_batch_norm`'s.
    - The network that is kept is the one with the best mean IoU on val, where the paper
      takes global accuracy.
"""

from functools import partial

import keras

from kseg.losses import CrossEntropy, dataset_class_weights
from kseg.models import SegNet
from kseg.train import schedules
from kseg.train.optimizers import CaffeSGD
from kseg.train.recipe import Recipe


def network(num_classes: int, channels: int, *, weights) -> keras.Model:
    """The network, for images of any size."""
    return SegNet(num_classes, (None, None, channels), weights=weights)


def loss(dataset) -> keras.losses.Loss:
    """Median-frequency balancing over the images to train on; all masks are read."""
    weights = dataset_class_weights(dataset).tolist()
    return CrossEntropy(weights, ignore_label=dataset.ignore_label)


RECIPE = Recipe(
    network=network,
    optimizer=partial(CaffeSGD, momentum=0.9, weight_decay=5e-4),
    loss=loss,
    image_size=(360, 480),
    batch_size=4,
    epochs=435,  # 40,000 steps of 4 of CamVid's 367 images
    learning_rate=1e-3,
    schedule=schedules.constant(),
    weights="imagenet",
    # Any size will do, and 360 is a multiple of 8: the tiles of an image that is larger
    # than CamVid's need not lie alike on the 32 pixels of the coarsest map.
    stride=8,
)
