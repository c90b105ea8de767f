"""A recipe as in kseg/recipes, small enough for the tests of training."""

import keras

from kseg.losses import CrossEntropy
from kseg.models import UNet
from kseg.train.recipe import Recipe, Separation


def network(num_classes, channels, *, weights):
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


RECIPE = Recipe(
    network=network,
    optimizer=keras.optimizers.AdamW,
    loss=loss,
    image_size=(64, 64),
    tile_size=(128, 128),
    batch_size=4,
    epochs=3,
    learning_rate=1e-2,
    average_momentum=0.9,
    augmentation={"flip": True, "turn": True, "scale": (0.7, 1.5), "elastic": 10.0},
    multiple=4,
    margin=8,
    stride=4,
    separation=Separation(
        loss,
        border_width=1,
        rule={"method": "watershed", "interior": 1, "border": 2, "min_area": 15},
    ),
)
