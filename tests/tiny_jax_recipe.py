"""A recipe for label maps as in kseg/recipes, small enough for a test on JAX."""

from kseg.losses import CrossEntropy
from kseg.models import UNet
from kseg.train import schedules
from kseg.train.optimizers import CaffeSGD

IMAGE_SIZE = (16, 24)
TILE_SIZE = (16, 24)
BATCH_SIZE = 2
LEARNING_RATE = 0.05
EPOCHS = 20
AVERAGE_MOMENTUM = 0.5
SCHEDULE = schedules.poly()
STRIDE = 2
MULTIPLE = 2
MARGIN = 2
INSTANCE_TARGET = None
INSTANCES = None
BACKBONE = None
WEIGHTS = None
AUGMENTATION = {"scale": (0.8, 1.2), "brightness": 0.1, "elastic": 1.0}


def network(num_classes, channels, *, weights=WEIGHTS):
    # Dropout: a resumed training has to draw what an uninterrupted one would have.
    return UNet(
        num_classes,
        (None, None, channels),
        padding="same",
        base_filters=8,
        depth=1,
        dropout=0.1,
        weights=weights,
    )


def loss(dataset):
    return CrossEntropy(ignore_label=dataset.ignore_label)


def optimizer():
    return CaffeSGD(LEARNING_RATE)
