"""A recipe as in kseg/recipes, small enough for the tests of training."""

import keras

from kseg.losses import CrossEntropy
from kseg.models import UNet
from kseg.train import schedules

IMAGE_SIZE = (64, 64)
TILE_SIZE = (128, 128)
BATCH_SIZE = 4
LEARNING_RATE = 1e-2
EPOCHS = 3
SCHEDULE = schedules.cosine(warmup=0.03)
AVERAGE_MOMENTUM = 0.9
STRIDE = 4
MULTIPLE = 4
MARGIN = 8
AUGMENTATION = {"flip": True, "turn": True, "scale": (0.7, 1.5), "elastic": 10.0}
INSTANCE_TARGET = {"target": "contact", "border_width": 1}
BACKBONE = None
WEIGHTS = None
INSTANCES = {"method": "watershed", "interior": 1, "border": 2, "min_area": 15}


def network(num_classes, channels, *, weights=WEIGHTS):
    return UNet(
        num_classes,
        (None, None, channels),
        padding="same",
        base_filters=4,
        depth=2,
        dropout=0.1,
        normalization="batch",
        weights=weights,
    )


def loss(dataset):
    return CrossEntropy(ignore_label=dataset.ignore_label)


def optimizer():
    return keras.optimizers.AdamW(LEARNING_RATE)
