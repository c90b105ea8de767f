"""SegNet-Basic on CamVid at half the resolution, from scratch, in 45 minutes.

    Command   kseg train --recipe segnet-basic-half-camvid --data CAMVID \\
                  --out runs/basic-half --minutes 45 --mixed-precision
    Time      45 minutes on 2 cores
    Score     test mean IoU 0.386, val 0.522 (docs/segnet.md has the curve)

For a machine without an accelerator. The image is averaged over 2 x 2 pixels in front
of `kseg.models.SegNetBasic`, and its logits are interpolated back behind it: images,
label maps, scores and the exported network have the full size, and only the network's
own 7x7 convolutions see a quarter of the pixels.

Departures from `kseg.recipes.segnet_basic_camvid`, which has the paper's settings:
    - Half the resolution.
    - Batches of 4 (as in the release) and not of 12: three times the steps in the time.
    - The rate falls along a cosine: there is no time to wait for convergence.
    - Images are flipped, and the moving average of the weights is what is scored.
"""

from dataclasses import replace

import keras
from keras import layers

from kseg.layers import BilinearUpsampling2D, Crop
from kseg.models import SegNetBasic
from kseg.recipes import get
from kseg.train import schedules


def network(num_classes: int, channels: int, *, weights) -> keras.Model:
    """SegNet-Basic between a halving and a doubling, for images of any size."""
    shape = (None, None, channels)
    basic = SegNetBasic(num_classes, shape, weights=weights)
    inputs = keras.Input(shape, name="image")
    x = layers.AveragePooling2D(2, padding="same", name="halve")(inputs)
    x = basic(x)
    x = BilinearUpsampling2D(2, dtype="float32", name="double")(x)
    logits = Crop(dtype="float32", name="crop")([x, inputs])
    return keras.Model(inputs, logits, name="segnet_basic_half")


RECIPE = replace(
    get("segnet-basic-camvid"),
    network=network,
    batch_size=4,
    epochs=100,
    schedule=schedules.cosine(warmup=0.03),
    average_momentum=0.98,
    augmentation={"flip": True},
    margin=64,
)
