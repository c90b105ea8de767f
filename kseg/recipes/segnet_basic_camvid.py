"""SegNet-Basic on CamVid's 11 classes, from scratch.

    Command   kseg train --recipe segnet-basic-camvid --data CAMVID --out runs/basic
    Time      not measured here: 10,000 steps of 12 images; for an accelerator
    Score     not measured here; published on CamVid's 233 test images, from these 367:
              mean IoU 47.7 with median-frequency weights, 46.3 without

The paper's settings for the comparison of decoders (its table 1): SGD with a fixed rate
of 0.1, momentum 0.9, batches of 12; the weight decay and the 10,000 steps are those of
the release's segnet_basic_solver.prototxt, whose batches are of 4.
`kseg.recipes.segnet_basic_half_camvid` is for machines without an accelerator.

Departures from the paper: those of `kseg.recipes.segnet_camvid`, whose loss it has; and
it trained until the loss converged.
"""

from dataclasses import replace

import keras

from kseg.models import SegNetBasic
from kseg.recipes import get


def network(num_classes: int, channels: int, *, weights) -> keras.Model:
    """The network, for images of any size."""
    return SegNetBasic(num_classes, (None, None, channels), weights=weights)


RECIPE = replace(
    get("segnet-camvid"),
    network=network,
    batch_size=12,
    epochs=323,  # 10,000 steps of 12 of CamVid's 367 images
    learning_rate=0.1,
    weights=None,
    margin=56,  # a value of the last pool sees 106 x 106 pixels
)
