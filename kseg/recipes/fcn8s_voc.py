"""FCN-8s on PASCAL VOC, trained at once from VGG-16's ImageNet weights.

    Command   kseg train --recipe fcn8s-voc --data VOCdevkit --out runs/fcn8s
    Time      not measured here: 300,000 steps of one image; for an accelerator
    Score     not measured here; the release's weights score 65.4 (mean IoU, per cent)
              on the 736 images of VOC 2011's val that SBD does not train on, after
              SBD's 8,498 images (voc-fcn8s-atonce)

The settings are those of the release, voc-fcn8s-atonce: the loss is a sum over the
pixels of one image, its rate of 1e-10 is for that sum, biases learn twice as fast and
do not decay, and nothing is augmented. Staged training (32s, 16s, 8s) took three
trainings to 65.5; `kseg.models.initialize_from` starts a stage from the one before.

With a mean loss (``CrossEntropy()`` in `loss`) the same steps take a rate of 2.6e-5:
1e-10 times the 262,144 pixels of a crop, and a decay as many times smaller.

Departures from the release:
    - The training images are those of the data folder: 1,464 of VOC 2012 itself, or
      10,582 with SBD's masks in SegmentationClassAug/ and --train-split trainaug, where
      --epochs 28 are the release's 300,000 steps.
    - Images are continued to 512 x 512 by mirroring, labels too, so that all steps have
      one shape; the largest are 500 x 500. Scores are of whole images, as there, with
      the mirrored part cut off.
"""

from functools import partial

import keras

from kseg.losses import CrossEntropy
from kseg.models import FCN8s
from kseg.train import schedules
from kseg.train.optimizers import CaffeSGD
from kseg.train.recipe import Recipe


def network(num_classes: int, channels: int, *, weights) -> keras.Model:
    """The network, for images of any size."""
    image = (None, None, channels)
    return FCN8s(num_classes, image, weights=weights, at_once=True)


def loss(dataset) -> keras.losses.Loss:
    """The sum over the pixels of a batch."""
    return CrossEntropy(ignore_label=dataset.ignore_label, reduction="sum")


RECIPE = Recipe(
    network=network,
    # Caffe's SGD: a momentum of 0.99 averages about a hundred images.
    optimizer=partial(CaffeSGD, momentum=0.99, weight_decay=5e-4),
    loss=loss,
    image_size=(512, 512),
    batch_size=1,
    epochs=205,  # 300,000 steps of VOC 2012's 1,464 images
    learning_rate=1e-10,
    schedule=schedules.constant(),
    weights="imagenet",
    margin=96,
    stride=32,
)
