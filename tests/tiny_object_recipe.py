"""A recipe of a network that finds objects, small enough for the tests of training."""

import keras

from kseg.models import MaskRCNN
from kseg.train import schedules
from kseg.train.recipe import ObjectTarget, Recipe
from tests.models import tiny_rcnn


def network(num_classes, channels, *, size, weights):
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


RECIPE = Recipe(
    task="instances",
    network=network,
    optimizer=keras.optimizers.AdamW,
    image_size=(64, 96),
    batch_size=2,
    epochs=2,
    learning_rate=3e-3,
    schedule=schedules.cosine(warmup=0.1),
    average_momentum=0.5,
    # With an option that images with label maps do not have.
    augmentation={"flip": True, "scale": (0.8, 1.25), "copy_paste": 0.1},
    multiple=32,
    margin=8,
    objects=ObjectTarget("tile", magnification=2.0, max_instances=20, mask_size=14),
    score_threshold=0.3,
)
