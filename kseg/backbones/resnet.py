"""ResNet-18, 34, 50 and 101.

He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016,
arXiv:1512.03385, table 1. Shapes for an image of 224 x 224:

    stage   18 and 34               50 and 101                          output
    conv1   7x7, 64, stride 2       the same                            112    c1
            3x3 max pool, stride 2                                       56
    conv2   [3x3 64, 3x3 64]        [1x1 64, 3x3 64, 1x1 256]            56    c2
    conv3   [3x3 128, 3x3 128]      [1x1 128, 3x3 128, 1x1 512]          28    c3
    conv4   [3x3 256, 3x3 256]      [1x1 256, 3x3 256, 1x1 1024]         14    c4
    conv5   [3x3 512, 3x3 512]      [1x1 512, 3x3 512, 1x1 2048]          7    c5

Each convolution is followed by batch norm, and by a ReLU, which for a block's last one
comes after the sum. Layers have the names that they have in ``keras.applications``.

Departures from the paper:
    - A block that changes size or width joins its input through a 1x1 convolution
      (the paper's option B; its 18 and 34 compare it with padding by zeros, option A).
    - The means that are subtracted are those of ``keras.applications``.
"""

import keras
from keras import layers

from kseg.backbones.channels import check_channels
from kseg.backbones.dilation import atrous
from kseg.backbones.pretrained import application, load, without_imagenet
from kseg.checks import check_choice
from kseg.layers import BatchNorm

# Blocks of conv2 to conv5: table 1.
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
FILTERS = (64, 128, 256, 512)
MEAN_RGB = (123.68, 116.779, 103.939)
EPSILON = 1.001e-5  # of keras.applications: its weights give its numbers


def resnet18(image, *, weights=None, output_stride: int = 32) -> dict:
    """ResNet-18; 11,166,912 convolution weights and 9,600 of batch norm.

    Args:
        image: KerasTensor (B, H, W, 3), RGB 0..255.
        weights: None or a path.
        output_stride: 32, 16 or 8.

    Returns:
        ``{"c1": ..., "c5": ...}`` of stride 2 to 32, with 64, 64, 128, 256 and 512
        channels.

    Raises:
        ValueError: An argument is not one of these.

    Reference:
        He et al. 2016, table 1.
    """
    maps = _network(image, 18, output_stride, stride_in="3x3")
    load(image, maps, weights, without_imagenet("ResNet-18", "resnet50"))
    return maps


def resnet34(image, *, weights=None, output_stride: int = 32) -> dict:
    """ResNet-34; 21,267,648 convolution weights and 17,024 of batch norm.

    Args, results and errors are those of ``resnet18``.
    """
    maps = _network(image, 34, output_stride, stride_in="3x3")
    load(image, maps, weights, without_imagenet("ResNet-34", "resnet50"))
    return maps


def resnet50(
    image, *, weights=None, output_stride: int = 32, stride_in: str = "1x1"
) -> dict:
    """ResNet-50; 23,454,912 convolution weights and 53,120 of batch norm.

    Args:
        image: KerasTensor (B, H, W, 3), RGB 0..255.
        weights: None, "imagenet" (downloaded by ``keras.applications``), or a path.
        output_stride: 32, 16 or 8.
        stride_in: The convolution of a stage's first block that has its stride: "1x1"
            (the first, as in the paper) or "3x3" (as torchvision; ImageNet weights
            are of the other form and refused).

    Returns:
        ``{"c1": ..., "c5": ...}`` of stride 2 to 32, with 64, 256, 512, 1024 and 2048
        channels.

    Raises:
        ValueError: An argument is not one of these, or the download failed.

    Reference:
        He et al. 2016, table 1.
    """
    return _bottleneck_network(image, 50, weights, output_stride, stride_in)


def resnet101(
    image, *, weights=None, output_stride: int = 32, stride_in: str = "1x1"
) -> dict:
    """ResNet-101; 42,394,816 convolution weights and 105,344 of batch norm.

    Args, results and errors are those of ``resnet50``.
    """
    return _bottleneck_network(image, 101, weights, output_stride, stride_in)


def copy_application(model: keras.Model, source: keras.Model) -> None:
    """Copy a ResNet of ``keras.applications``, whose convolutions have biases.

    A bias before a batch norm shifts what the norm subtracts: ``gamma * (x + bias -
    mean) / deviation + beta`` is the norm of ``x`` with the mean ``mean - bias``.

    Args:
        model: The network of this file that receives the weights.
        source: ResNet50 or ResNet101 of ``keras.applications``.
    """
    for layer in model.layers:
        if not layer.weights:
            continue
        weights = source.get_layer(layer.name).get_weights()
        if isinstance(layer, BatchNorm):
            gamma, beta, mean, variance = weights
            convolution = source.get_layer(layer.name.removesuffix("_bn") + "_conv")
            bias = convolution.get_weights()[1]
            layer.set_weights([gamma, beta, mean - bias, variance])
        elif layer.name == "conv1_conv":
            layer.set_weights([weights[0][:, :, ::-1]])  # theirs reads BGR
        else:
            layer.set_weights(weights[:1])


def _bottleneck_network(image, size, weights, output_stride, stride_in):
    check_choice("stride_in", stride_in, ("1x1", "3x3"))
    if weights == "imagenet" and stride_in != "1x1":
        raise ValueError(
            "The ImageNet weights are those of a network with its strides in the 1x1 "
            f"convolutions. Received: stride_in={stride_in!r}. Leave it out."
        )

    def imagenet(model):
        source = application(
            f"ResNet{size}", include_top=False, input_shape=(224, 224, 3)
        )
        copy_application(model, source)

    maps = _network(image, size, output_stride, stride_in)
    load(image, maps, weights, imagenet)
    return maps


def _network(image, size, output_stride, stride_in):
    """conv1 to conv5 of the ResNet with ``size`` layers."""
    check_channels(image, rgb_only=True)
    kernels = (3, 3) if size < 50 else (1, 3, 1)
    strided = kernels.index(int(stride_in[0]))
    # Of every convolution in order, for the dilations, the pool counting as one.
    strides = [2, 2]
    for stage, blocks in enumerate(BLOCKS[size]):
        for block in range(blocks):
            halves = stage > 0 and block == 0
            strides += [
                2 if halves and i == strided else 1 for i in range(len(kernels))
            ]
    plan = iter(atrous(strides, output_stride))

    x = layers.Rescaling(1.0, offset=[-mean for mean in MEAN_RGB], name="mean")(image)
    c1 = x = layers.ReLU(name="conv1_relu")(_conv_norm(x, "conv1", 64, 7, *next(plan)))
    maps = {"c1": c1}
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)  # zeros do not win after a ReLU
    x = layers.MaxPooling2D(3, next(plan)[0], name="pool1_pool")(x)
    for stage, blocks in enumerate(BLOCKS[size], start=2):
        for block in range(1, blocks + 1):
            name = f"conv{stage}_block{block}"
            places = [next(plan) for _ in kernels]
            x = _block(x, name, FILTERS[stage - 2], kernels, places)
        maps[f"c{stage}"] = x
    return maps


def _block(x, name, filters, kernels, places):
    """A block's convolutions, ``places`` their (stride, dilation), and its sum."""
    shortcut, last = x, len(kernels)
    width = 4 * filters if last == 3 else filters
    if x.shape[-1] != width:
        stride = max(stride for stride, _ in places)
        shortcut = _conv_norm(x, f"{name}_0", width, 1, stride, 1)
    for i, (kernel, place) in enumerate(zip(kernels, places, strict=True), start=1):
        channels = width if i == last else filters
        x = _conv_norm(x, f"{name}_{i}", channels, kernel, *place)
        if i < last:
            x = layers.ReLU(name=f"{name}_{i}_relu")(x)
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.ReLU(name=f"{name}_out")(x)


def _conv_norm(x, name, filters, kernel, stride, dilation):
    if stride > 1 and kernel > 1:
        # Even padding, as Caffe and PyTorch: "same" would add one side more than the
        # other to an even size, and so shift the map by a pixel.
        x = layers.ZeroPadding2D(kernel // 2, name=f"{name}_pad")(x)
    x = layers.Conv2D(
        filters,
        kernel,
        stride,
        padding="valid" if stride > 1 else "same",
        dilation_rate=dilation,
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    return BatchNorm(momentum=0.99, epsilon=EPSILON, name=f"{name}_bn")(x)
