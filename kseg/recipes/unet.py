"""A small U-Net for a few hundred images, trained from scratch.

    Command   kseg train unet --data DIR --out runs/nuclei --minutes 30
    Time      30 minutes on 2 cores (--minutes says how long)
    Score     0.806 of the nuclei at IoU 0.5, foreground IoU 0.895, on 54 fluorescence
              images of the 2018 Data Science Bowl (433 to train on): docs/unet.md has
              the commands, and what the numbers mean

Not the paper's network (which is `kseg.models.UNet()`): same padding, so that the
result has the size of the image; 16 base filters; batch normalisation, without which
a network this deep learns little in half an hour. Objects that touch are parted by a
third class where they do, instead of the paper's ridge of background; the paper's
weight map is what makes the network learn it.
"""

import keras

from kseg.losses import CrossEntropy, Dice, Sum
from kseg.models import UNet
from kseg.train.recipe import Recipe, Separation

DEPTH = 4


def network(num_classes: int, channels: int, *, weights) -> keras.Model:
    """The network, for images of any size that is a multiple of 16."""
    return UNet(
        num_classes,
        (None, None, channels),
        padding="same",
        base_filters=16,
        depth=DEPTH,
        dropout=0.0,
        normalization="batch",
        weights=weights,
    )


def loss(dataset, classes="present") -> keras.losses.Loss:
    """Weighted cross-entropy, and Dice, which cares for what is small."""
    ignore_label = dataset.ignore_label
    return Sum(
        [
            CrossEntropy(
                ignore_label=ignore_label, reduction="mean_with_sample_weight"
            ),
            Dice(smooth=10.0, classes=classes, ignore_label=ignore_label),
        ]
    )


def loss_of_objects(dataset) -> keras.losses.Loss:
    """Dice leaves out the background, which is most of each image."""
    return loss(dataset, classes=[1, 2])


RECIPE = Recipe(
    network=network,
    loss=loss,
    image_size=(192, 192),
    tile_size=(256, 256),
    epochs=30,
    learning_rate=2e-3,
    average_momentum=0.99,
    multiple=2**DEPTH,
    margin=32,
    stride=2**DEPTH,
    # Background, interior of an object, and a border where objects touch; the paper's
    # weight map presses the network to find that border, and narrow gaps.
    separation=Separation(
        loss_of_objects,
        target="contact",
        border_width=2,
        weight_map={"w0": 4, "sigma": 3, "background_only": False},
    ),
    # Microscopy has no up and no down, and its exposure varies widely.
    augmentation={
        "flip": True,
        "turn": True,
        "rotate": 45,
        "scale": (0.7, 1.8),
        "elastic": 4,
        "brightness": 0.6,
        "contrast": 0.2,
        "gamma": 0.35,
        "noise": 0.05,
        "blur": 1.2,
    },
)
