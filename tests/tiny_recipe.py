"""A recipe as in kseg/recipes, small enough for the tests of training."""

import keras

from kseg.data import Augment
from kseg.losses import CrossEntropy
from kseg.models import UNet

IMAGE_SIZE = (64, 64)
TILE_SIZE = (128, 128)
BATCH_SIZE = 4
LEARNING_RATE = 1e-2
EPOCHS = 3
AVERAGE_MOMENTUM = 0.9
STRIDE = 4
MARGIN = 8
INSTANCE_TARGET = {"target": "contact", "border_width": 1}
INSTANCES = {"method": "watershed", "interior": 1, "border": 2, "min_area": 15}


def network(num_classes, channels):
    return UNet(
        num_classes,
        (None, None, channels),
        padding="same",
        base_filters=4,
        depth=2,
        dropout=0.0,
        normalization="batch",
    )


def augmentation():
    return Augment()


def loss(kind, ignore_label):
    return CrossEntropy(ignore_label=ignore_label)


def optimizer():
    return keras.optimizers.AdamW(LEARNING_RATE)
