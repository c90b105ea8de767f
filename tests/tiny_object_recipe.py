"""A recipe of a network that finds objects, small enough for the tests of training."""

import keras

from kseg.models import MaskRCNN
from kseg.train import schedules
from tests.models import tiny_rcnn

IMAGE_SIZE = (64, 96)
BATCH_SIZE = 2
LEARNING_RATE = 3e-3
EPOCHS = 2
SCHEDULE = schedules.cosine(warmup=0.1)
AVERAGE_MOMENTUM = 0.5
MULTIPLE = 32
MARGIN = 8
BACKBONE = None
WEIGHTS = None
OBJECTS = {
    "resize": "tile",
    "magnification": 2.0,
    "max_instances": 20,
    "mask_size": 14,
}
SCORE_THRESHOLD = 0.3
# With an option that images with label maps do not have.
AUGMENTATION = {"flip": True, "scale": (0.8, 1.25), "copy_paste": 0.1}


def network(num_classes, channels, *, size=IMAGE_SIZE, weights=WEIGHTS):
    return MaskRCNN(
        num_classes,
        (*size, channels),
        backbone=tiny_rcnn.backbone(),
        weights=weights,
        anchor_sizes=(8, 16, 32, 48, 64),
        candidates=(50, 40),
        proposals=(30, 20),
        rois=16,
        detections=10,
        canonical_size=32,
        channels=16,
        fc_filters=32,
        mask_filters=16,
    )


def optimizer():
    return keras.optimizers.AdamW(LEARNING_RATE)
