"""MobileNetV2 and MobileNetV3, large and small.

V2: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018,
arXiv:1801.04381, table 2. V3: Howard et al., "Searching for MobileNetV3", ICCV 2019,
arXiv:1905.02244, tables 1 and 2. What is the last map of each stride, of all blocks
numbered from 0:

    level  V2: blocks  channels    V3 large  channels    V3 small  channels
    c1     stem, 0        16       stem, 0      16       stem          16
    c2     1 to 2         24       1 to 2       24       0             16
    c3     3 to 5         32       3 to 5       40       1 to 2        24
    c4     6 to 12        96       6 to 11     112       3 to 7        48
    c5     13 to 16      320       12 to 14    160       8 to 10       96

The 1x1 convolution between the last block and the classifier is taken as part of the
classifier and left out.

Departures from the papers:
    - Width 1 only; the reduced channels of squeeze and excitation are rounded to
      eights, as in ``keras.applications``.
    - Squeeze and excitation (V3) averages over the map. With a smaller output stride
      that is more samples of the same image: there dilation is not exact.
"""

from keras import layers

from kseg.backbones.channels import check_channels
from kseg.backbones.inverted_residual import Block, inverted_residuals
from kseg.backbones.pretrained import application, copy_layers, load

# Expansion, channels, blocks, stride of the first: table 2 of V2.
V2_GROUPS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
# Kernel, expanded, channels, stride, activation, squeeze: tables 1 and 2 of V3.
V3_LARGE = (
    Block(3, 16, 16, 1, "relu"),
    Block(3, 64, 24, 2, "relu"),
    Block(3, 72, 24, 1, "relu"),
    Block(5, 72, 40, 2, "relu", squeeze=True),
    Block(5, 120, 40, 1, "relu", squeeze=True),
    Block(5, 120, 40, 1, "relu", squeeze=True),
    Block(3, 240, 80, 2, "hard_swish"),
    Block(3, 200, 80, 1, "hard_swish"),
    Block(3, 184, 80, 1, "hard_swish"),
    Block(3, 184, 80, 1, "hard_swish"),
    Block(3, 480, 112, 1, "hard_swish", squeeze=True),
    Block(3, 672, 112, 1, "hard_swish", squeeze=True),
    Block(5, 672, 160, 2, "hard_swish", squeeze=True),
    Block(5, 960, 160, 1, "hard_swish", squeeze=True),
    Block(5, 960, 160, 1, "hard_swish", squeeze=True),
)
V3_SMALL = (
    Block(3, 16, 16, 2, "relu", squeeze=True),
    Block(3, 72, 24, 2, "relu"),
    Block(3, 88, 24, 1, "relu"),
    Block(5, 96, 40, 2, "hard_swish", squeeze=True),
    Block(5, 240, 40, 1, "hard_swish", squeeze=True),
    Block(5, 240, 40, 1, "hard_swish", squeeze=True),
    Block(5, 120, 48, 1, "hard_swish", squeeze=True),
    Block(5, 144, 48, 1, "hard_swish", squeeze=True),
    Block(5, 288, 96, 2, "hard_swish", squeeze=True),
    Block(5, 576, 96, 1, "hard_swish", squeeze=True),
    Block(5, 576, 96, 1, "hard_swish", squeeze=True),
)
# What is asked of keras.applications: its size does not matter without the classifier.
TRUNK = {"include_top": False, "input_shape": (224, 224, 3)}


def mobilenet_v2(image, *, weights=None, output_stride: int = 32) -> dict:
    """MobileNetV2; 1,811,712 trainable parameters.

    Args:
        image: KerasTensor (B, H, W, C), 0..255; 3 channels, RGB, for "imagenet".
        weights: None, "imagenet" (downloaded by ``keras.applications``), or a path.
        output_stride: 32, 16 or 8.

    Returns:
        ``{"c1": ..., "c5": ...}`` of stride 2 to 32, with 16, 24, 32, 96 and 320
        channels.

    Raises:
        ValueError: An argument is not one of these, or the download failed.

    Reference:
        Sandler et al. 2018, table 2.
    """
    blocks, width = [], 32
    for expansion, channels, count, stride in V2_GROUPS:
        for i in range(count):
            first = stride if i == 0 else 1
            blocks.append(Block(3, expansion * width, channels, first))
            width = channels
    maps = inverted_residuals(_rescaled(image, weights), 32, blocks, output_stride)

    def imagenet(model):
        copy_layers(model, application("MobileNetV2", **TRUNK), v2_name)

    load(image, maps, weights, imagenet)
    return maps


def mobilenet_v3_large(image, *, weights=None, output_stride: int = 32) -> dict:
    """MobileNetV3, large; 2,816,432 trainable parameters.

    Args and errors as ``mobilenet_v2``; the maps have 16, 24, 40, 112 and 160 channels.

    Reference:
        Howard et al. 2019, table 1.
    """
    return _v3(image, V3_LARGE, "MobileNetV3Large", weights, output_stride)


def mobilenet_v3_small(image, *, weights=None, output_stride: int = 32) -> dict:
    """MobileNetV3, small; 870,560 trainable parameters.

    Args and errors as ``mobilenet_v2``; the maps have 16, 16, 24, 48 and 96 channels.

    Reference:
        Howard et al. 2019, table 2.
    """
    return _v3(image, V3_SMALL, "MobileNetV3Small", weights, output_stride)


def v2_name(name: str) -> str:
    """What ``keras.applications`` calls a layer of MobileNetV2."""
    if name.startswith("stem"):
        return {"stem": "Conv1", "stem_bn": "bn_Conv1"}[name]
    block, part = name.split("_", 1)
    block = "expanded_conv" if block == "b0" else f"block_{block[1:]}"
    return f"{block}_{part.replace('dw', 'depthwise').replace('bn', 'BN')}"


def v3_name(name: str) -> str:
    """What ``keras.applications`` calls a layer of MobileNetV3."""
    if name.startswith("stem"):
        return name.replace("stem", "conv")
    block, part = name.split("_", 1)
    block = "expanded_conv" if block == "b0" else f"expanded_conv_{block[1:]}"
    for ours, theirs in (
        ("dw", "depthwise"),
        ("se_reduce", "squeeze_excite_conv"),
        ("se_expand", "squeeze_excite_conv_1"),
    ):
        part = part.replace(ours, theirs)
    return f"{block}_{part}"


def _v3(image, blocks, name, weights, output_stride):
    def imagenet(model):
        copy_layers(model, application(name, **TRUNK), v3_name)

    maps = inverted_residuals(
        _rescaled(image, weights), 16, blocks, output_stride, activation="hard_swish"
    )
    load(image, maps, weights, imagenet)
    return maps


def _rescaled(image, weights):
    """0..255 to -1..1."""
    check_channels(image, weights)
    return layers.Rescaling(1 / 127.5, offset=-1.0, name="rescale")(image)
