"""VGG-16 and VGG-A, as Caffe runs them.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
Recognition", ICLR 2015, arXiv:1409.1556, table 1, columns D and A. All convolutions are
3x3 with a bias, each followed by a ReLU; a 2x2 max pool of stride 2 ends each block:

    block  VGG-16     VGG-A      pool of 224 x 224
    1      2 x  64    1 x  64    112   c1
    2      2 x 128    1 x 128     56   c2
    3      3 x 256    2 x 256     28   c3
    4      3 x 512    2 x 512     14   c4
    5      3 x 512    2 x 512      7   c5
    fc6    7x7, 4096               1         only with ``fully_convolutional``
    fc7    1x1, 4096               1   fc7

Layers have Caffe's names: conv1_1, relu1_1, ..., pool5, fc6, relu6, drop6. Pools round
sizes up as Caffe's do: the odd row or column makes a window of its own.

Departures from the paper:
    - The means that are subtracted are those of ``keras.applications``, unless others
      are given: MNC has 122.7717, 115.9465, 102.9801.
    - Kernels are initialised as He et al. 2015 (the 16 layers do not learn from the
      paper's Gaussian of 0.01 without being pretrained by the 11 of VGG-A).
    - The fully connected layers are convolutions, as in FCN (Long et al. 2015).
"""

import re
from collections.abc import Sequence

import keras
from keras import layers

from kseg.backbones.channels import MEAN_RGB, check_channels, subtract_mean
from kseg.backbones.dilation import atrous, max_pool_2x2
from kseg.backbones.pretrained import application, load, without_imagenet
from kseg.checks import check_whole

# Channels and number of convolutions of each block: table 1, columns D and A.
VGG16 = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
VGG_A = ((64, 1), (128, 1), (256, 2), (512, 2), (512, 2))

CLASSIFIER_FILTERS = 4096  # of fc6 and fc7 in the paper, and of their weights
# Our names and those of keras.applications.
FULLY_CONNECTED = {"fc6": "fc1", "fc7": "fc2"}


def vgg16(
    image,
    *,
    weights=None,
    output_stride: int = 32,
    first_padding: int = 1,
    fully_convolutional: int | None = None,
    mean: Sequence[float] = MEAN_RGB,
) -> dict:
    """VGG-16; 14,714,688 parameters without fc6 and fc7.

    Args:
        image: KerasTensor (B, H, W, 3), RGB 0..255.
        weights: None, "imagenet" (downloaded by ``keras.applications``; fc6 and fc7
            have such weights at 4096 filters only and keep their initial ones
            otherwise), or a path.
        output_stride: 32, 16 or 8.
        first_padding: Zeros on each side of the image, 1 or more. FCN pads by 100.
        fully_convolutional: Filters of fc6 and fc7 (4096 in the paper), or None for
            neither. fc6 is not padded: pool5 must be 7x7 or larger.
        mean: Subtracted from red, green and blue, 0..255.

    Returns:
        ``{"c1": ..., "c5": ...}``: the pools, of stride 2 to 32, with 64, 128, 256, 512
        and 512 channels; with ``fully_convolutional`` also "fc7", at c5's stride.

    Raises:
        ValueError: An argument is not one of these, or the image is too small for fc6.

    Reference:
        Simonyan and Zisserman 2015, table 1, column D.
    """
    options = (first_padding, fully_convolutional, mean)
    maps = _network(image, VGG16, output_stride, *options)
    load(image, maps, weights, load_imagenet)
    return maps


def vgg_a(
    image,
    *,
    weights=None,
    output_stride: int = 32,
    mean: Sequence[float] = MEAN_RGB,
) -> dict:
    """VGG-A, of 11 layers; 9,220,480 parameters.

    Args:
        image: KerasTensor (B, H, W, 3), RGB 0..255.
        weights: None or a path.
        output_stride: 32, 16 or 8.
        mean: Subtracted from red, green and blue, 0..255.

    Returns:
        ``{"c1": ..., "c5": ...}``, as ``vgg16``.

    Raises:
        ValueError: An argument is not one of these.

    Reference:
        Simonyan and Zisserman 2015, table 1, column A.
    """
    maps = _network(image, VGG_A, output_stride, mean=mean)
    load(image, maps, weights, without_imagenet("VGG-A", "vgg16"))
    return maps


def load_imagenet(model: keras.Model, source: keras.Model | None = None) -> None:
    """Copy ``keras.applications``' VGG-16 into the layers conv1_1 to conv5_3, fc6, fc7.

    Works on any model that has layers of these names, whatever else it has. fc6 and fc7
    are copied where they have 4096 filters.

    Args:
        model: The network that receives the weights; its images are RGB.
        source: A VGG16 of ``keras.applications``, with its top if the model has fc6 or
            fc7 of 4096 filters. None: downloaded with its ImageNet weights.

    Raises:
        ValueError: The download failed, ``source`` lacks a layer, or a layer of the
            model has another shape.
    """
    names = {}
    for layer in model.layers:
        if re.fullmatch(r"conv\d_\d", layer.name):
            names[layer.name] = f"block{layer.name[4]}_conv{layer.name[6]}"
        elif layer.name in FULLY_CONNECTED and layer.filters == CLASSIFIER_FILTERS:
            names[layer.name] = FULLY_CONNECTED[layer.name]
    if source is None:
        source = application(
            "VGG16", include_top=not names.keys().isdisjoint(("fc6", "fc7"))
        )
    for name, twin in names.items():
        kernel, bias = source.get_layer(twin).get_weights()
        if name == "conv1_1":
            kernel = kernel[:, :, ::-1]  # theirs reads BGR
        elif name == "fc6":
            kernel = kernel.reshape(7, 7, -1, kernel.shape[1])  # it flattens (H, W, C)
        elif name == "fc7":
            kernel = kernel[None, None]
        model.get_layer(name).set_weights([kernel, bias])


def _network(
    image,
    table,
    output_stride,
    first_padding=1,
    fully_convolutional=None,
    mean=MEAN_RGB,
):
    """The blocks of ``table``, and fc6 and fc7 where they are asked for."""
    check_channels(image, rgb_only=True)
    check_whole(first_padding=first_padding)
    if fully_convolutional is not None:
        check_whole(fully_convolutional=fully_convolutional)
    # Only the pools have strides; a layer after fc6 would be dilated too.
    plan = atrous((2, 2, 2, 2, 2, 1), output_stride)

    x = subtract_mean(image, mean)
    if first_padding > 1:
        x = layers.ZeroPadding2D(first_padding - 1, name="conv1_1_pad")(x)
    maps = {}
    for block, ((filters, count), (stride, dilation)) in enumerate(
        zip(table, plan[:5], strict=True), start=1
    ):
        for i in range(1, count + 1):
            x = _conv(x, f"{block}_{i}", filters, 3, dilation)
        x = max_pool_2x2(x, stride, dilation, name=f"pool{block}")
        maps[f"c{block}"] = x
    if fully_convolutional is not None:
        maps["fc7"] = _fully_connected(x, fully_convolutional, plan[5][1])
    return maps


def _conv(x, name, filters, kernel, dilation):
    x = layers.Conv2D(
        filters,
        kernel,
        padding="same",
        dilation_rate=dilation,
        kernel_initializer="he_normal",
        name=f"conv{name}",
    )(x)
    return layers.ReLU(name=f"relu{name}")(x)


def _fully_connected(x, filters, dilation):
    """fc6 (7x7, not padded) and fc7 (1x1), each with ReLU and dropout."""
    reach = 6 * dilation + 1
    if any(size is not None and size < reach for size in x.shape[1:3]):
        raise ValueError(
            f"fc6 sees {reach}x{reach} pixels of pool5. Received: an image whose pool5 "
            f"is {x.shape[1]}x{x.shape[2]}. Use a larger image or first_padding=100."
        )
    for name, kernel, rate in (("6", 7, dilation), ("7", 1, 1)):
        x = layers.Conv2D(
            filters,
            kernel,
            dilation_rate=rate,
            kernel_initializer="he_normal",
            name=f"fc{name}",
        )(x)
        x = layers.ReLU(name=f"relu{name}")(x)
        x = layers.Dropout(0.5, name=f"drop{name}")(x)
    return x
