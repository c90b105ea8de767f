"""Bayesian SegNet on CamVid's 11 classes: SegNet that knows where it is unsure.

    Command   kseg train --recipe bayesian-segnet-camvid --data CAMVID --out runs/bayes
              kseg predict runs/bayes PHOTOS --out results --samples 50
    Time      not measured here: 40,000 steps of 4 images; for an accelerator
    Score     not measured here; published on CamVid's 233 test images: mean IoU 63.1
              with 50 samples

`kseg.recipes.segnet_camvid` with a dropout of 0.5 after the pools and decoders 3 to 5.
With ``--samples`` the dropout stays active in prediction: the mean of the samples is
the result, and their variance its uncertainty (docs/segnet.md).
"""

from dataclasses import replace

import keras

from kseg.models import SegNet
from kseg.recipes import get


def network(num_classes: int, channels: int, *, weights) -> keras.Model:
    """The network, for images of any size."""
    shape = (None, None, channels)
    return SegNet(num_classes, shape, dropout=0.5, weights=weights)


RECIPE = replace(get("segnet-camvid"), network=network)
