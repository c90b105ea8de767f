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
    - The means that are subtracted are those of ``keras.applications``, and its other
      choices are the default of ``ResNetForm``.
    - With ``pool_padding=0`` a map c1 of odd sides has one row and column more behind
      the pool than in Caffe, the last by itself: sizes are the image's over 2**k.
"""

from keras import layers

from kseg.backbones.channels import check_channels, subtract_mean
from kseg.backbones.dilation import atrous
from kseg.backbones.pretrained import (
    application,
    copy_resnet,
    load,
    without_imagenet,
)
from kseg.backbones.resnet_form import ResNetForm, resnet_form
from kseg.layers import BatchNorm, FrozenAffine

# Blocks of conv2 to conv5: table 1.
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
FILTERS = (64, 128, 256, 512)


def resnet18(image, *, weights=None, output_stride: int = 32, **form) -> dict:
    """ResNet-18; 11,166,912 convolution weights and 9,600 of batch norm.

    Args:
        image: KerasTensor (B, H, W, 3), RGB 0..255.
        weights: None or a path.
        output_stride: 32, 16 or 8.
        **form: Of ``ResNetForm``, without ``stride_in``.

    Returns:
        ``{"c1": ..., "c5": ...}`` of stride 2 to 32, with 64, 64, 128, 256 and 512
        channels.

    Raises:
        ValueError: An argument is not one of these.

    Reference:
        He et al. 2016, table 1.
    """
    maps = _network(image, 18, output_stride, resnet_form(18, form))
    load(image, maps, weights, without_imagenet("ResNet-18", "resnet50"))
    return maps


def resnet34(image, *, weights=None, output_stride: int = 32, **form) -> dict:
    """ResNet-34; 21,267,648 convolution weights and 17,024 of batch norm.

    Args, results and errors are those of ``resnet18``.
    """
    maps = _network(image, 34, output_stride, resnet_form(34, form))
    load(image, maps, weights, without_imagenet("ResNet-34", "resnet50"))
    return maps


def resnet50(image, *, weights=None, output_stride: int = 32, **form) -> dict:
    """ResNet-50; 23,454,912 convolution weights and 53,120 of batch norm.

    Args:
        image: KerasTensor (B, H, W, 3), RGB 0..255.
        weights: None, "imagenet" (downloaded by ``keras.applications``; for
            ``stride_in="1x1"`` only), or a path.
        output_stride: 32, 16 or 8.
        **form: Of ``ResNetForm``.

    Returns:
        ``{"c1": ..., "c5": ...}`` of stride 2 to 32, with 64, 256, 512, 1024 and 2048
        channels.

    Raises:
        ValueError: An argument is not one of these, or the download failed.

    Reference:
        He et al. 2016, table 1.
    """
    return _bottleneck_network(image, 50, weights, output_stride, form)


def resnet101(image, *, weights=None, output_stride: int = 32, **form) -> dict:
    """ResNet-101; 42,394,816 convolution weights and 105,344 of batch norm.

    Args, results and errors are those of ``resnet50``.
    """
    return _bottleneck_network(image, 101, weights, output_stride, form)


def _bottleneck_network(image, size, weights, output_stride, options):
    form = resnet_form(size, options)
    if weights == "imagenet" and form.stride_in != "1x1":
        raise ValueError(
            "The ImageNet weights are those of a network with its strides in the 1x1 "
            f"convolutions. Received: stride_in={form.stride_in!r}. Leave it out."
        )

    def imagenet(model):
        source = application(
            f"ResNet{size}", include_top=False, input_shape=(224, 224, 3)
        )
        copy_resnet(model, source)

    maps = _network(image, size, output_stride, form)
    load(image, maps, weights, imagenet)
    return maps


def _network(image, size, output_stride, form: ResNetForm):
    """conv1 to conv5 of the ResNet with ``size`` layers."""
    check_channels(image, rgb_only=True)
    kernels = (3, 3) if size < 50 else (1, 3, 1)
    strided = 0 if size < 50 else kernels.index(int(form.stride_in[0]))
    # Of every convolution in order, for the dilations, the pool counting as one.
    strides = [2, 2]
    for stage, blocks in enumerate(BLOCKS[size]):
        for block in range(blocks):
            halves = stage > 0 and block == 0
            strides += [
                2 if halves and i == strided else 1 for i in range(len(kernels))
            ]
    plan = iter(atrous(strides, output_stride))

    x = subtract_mean(image, form.mean)
    x = _conv_norm(x, "conv1", 64, 7, *next(plan), form)
    c1 = x = layers.ReLU(name="conv1_relu")(x)
    maps = {"c1": c1}
    # Zeros do not win after a ReLU: the last window may reach beyond the map.
    padding = 1 if form.pool_padding else ((0, 2), (0, 2))
    x = layers.ZeroPadding2D(padding, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, next(plan)[0], name="pool1_pool")(x)
    for stage, blocks in enumerate(BLOCKS[size], start=2):
        for block in range(1, blocks + 1):
            name = f"conv{stage}_block{block}"
            places = [next(plan) for _ in kernels]
            x = _block(x, name, FILTERS[stage - 2], kernels, places, form)
        maps[f"c{stage}"] = x
    return maps


def _block(x, name, filters, kernels, places, form):
    """A block's convolutions, ``places`` their (stride, dilation), and its sum."""
    shortcut, last = x, len(kernels)
    width = 4 * filters if last == 3 else filters
    if x.shape[-1] != width:
        stride = max(stride for stride, _ in places)
        shortcut = _conv_norm(x, f"{name}_0", width, 1, stride, 1, form)
    for i, (kernel, place) in enumerate(zip(kernels, places, strict=True), start=1):
        channels = width if i == last else filters
        x = _conv_norm(x, f"{name}_{i}", channels, kernel, *place, form)
        if i < last:
            x = layers.ReLU(name=f"{name}_{i}_relu")(x)
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.ReLU(name=f"{name}_out")(x)


def _conv_norm(x, name, filters, kernel, stride, dilation, form):
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
    if form.norm == "affine":
        return FrozenAffine(name=f"{name}_bn")(x)
    return BatchNorm(momentum=0.99, epsilon=form.epsilon, name=f"{name}_bn")(x)
