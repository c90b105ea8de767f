"""A recipe for label maps as in kseg/recipes, small enough for a test on JAX."""

from kseg.losses import CrossEntropy
from kseg.models import UNet
from kseg.train import schedules
from kseg.train.optimizers import CaffeSGD
from kseg.train.recipe import Recipe


def network(num_classes, channels, *, weights):
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


RECIPE = Recipe(
    network=network,
    optimizer=CaffeSGD,
    loss=loss,
    image_size=(16, 24),
    batch_size=2,
    epochs=20,
    learning_rate=0.05,
    schedule=schedules.poly(),
    average_momentum=0.5,
    augmentation={"scale": (0.8, 1.2), "brightness": 0.1, "elastic": 1.0},
    multiple=2,
    margin=2,
    stride=2,
)
