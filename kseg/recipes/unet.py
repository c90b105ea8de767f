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
from kseg.train import schedules

# Crops to train on, and tiles to predict with.
IMAGE_SIZE = (192, 192)
TILE_SIZE = (256, 256)
BATCH_SIZE = 8
LEARNING_RATE = 2e-3
EPOCHS = 30
SCHEDULE = schedules.cosine(warmup=0.03)
AVERAGE_MOMENTUM = 0.99
DEPTH = 4
STRIDE = 2**DEPTH
MULTIPLE = STRIDE  # the sides of what the network takes
MARGIN = 32

# Instance data: background, interior of an object, and a border where objects touch;
# the paper's weight map presses the network to find that border, and narrow gaps.
INSTANCE_TARGET = {
    "target": "contact",
    "border_width": 2,
    "weight_map": {"w0": 4, "sigma": 3, "background_only": False},
}
BACKBONE = None
WEIGHTS = None
INSTANCES = {"method": "watershed", "interior": 1, "border": 2, "min_area": 20}

# Microscopy has no up and no down, and its exposure varies widely.
AUGMENTATION = {
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
}


def network(num_classes: int, channels: int, *, weights=WEIGHTS) -> keras.Model:
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


def loss(dataset) -> keras.losses.Loss:
    """Weighted cross-entropy, and Dice, which cares for what is small.

    For instance data Dice leaves out the background, which is most of each image.
    """
    classes = [1, 2] if dataset.kind == "instances" else "present"
    ignore_label = dataset.ignore_label
    return Sum(
        [
            CrossEntropy(
                ignore_label=ignore_label, reduction="mean_with_sample_weight"
            ),
            Dice(smooth=10.0, classes=classes, ignore_label=ignore_label),
        ]
    )


def optimizer() -> keras.optimizers.Optimizer:
    """AdamW; decay spares biases and batch norm, as is usual."""
    adamw = keras.optimizers.AdamW(LEARNING_RATE, weight_decay=1e-2, clipnorm=5.0)
    adamw.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return adamw
