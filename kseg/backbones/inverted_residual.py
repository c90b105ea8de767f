"""Inverted residuals: the block of MobileNetV2, MobileNetV3 and EfficientNet-Lite.

Widen by a 1x1 convolution, filter each channel by itself, weigh the channels by squeeze
and excitation (MobileNetV3 only), narrow by a 1x1 convolution without activation; the
input is added where neither size nor channels changed.
"""

from typing import NamedTuple

from keras import layers

from kseg.backbones.dilation import atrous
from kseg.layers import BatchNorm


class Block(NamedTuple):
    """One row of a paper's table.

    Args:
        kernel: Side of the filter of each channel.
        expanded: Channels between widening and narrowing; no widening where the input
            has as many.
        channels: Of the result.
        stride: 1 or 2.
        activation: "relu", "relu6" or "hard_swish".
        squeeze: Whether the channels are weighed.
    """

    kernel: int
    expanded: int
    channels: int
    stride: int
    activation: str = "relu6"
    squeeze: bool = False


def inverted_residuals(
    x, stem: int, blocks: list[Block], output_stride: int, activation: str = "relu6"
) -> dict:
    """A 3x3 convolution of stride 2 and a chain of inverted residuals.

    Layers are stem, b0_expand, b0_dw, b0_se_reduce, b0_se_expand, b0_project, b1_...,
    each convolution with a batch norm of its name and "_bn".

    Args:
        x: KerasTensor (B, H, W, C), normalised.
        stem: Channels of the first convolution.
        blocks: In order; their strides and the stem's multiply to 32.
        output_stride: 32, 16 or 8.
        activation: Of the first convolution, as a block's.

    Returns:
        ``{"c1": ..., "c5": ...}``: the last map of stride 2, 4, 8, 16 and 32.

    Raises:
        ValueError: ``output_stride`` is not one of these.

    Reference:
        Sandler et al. 2018, section 3.3; Howard et al. 2019, section 5.3 (SE).
    """
    plan = atrous([2, *(block.stride for block in blocks)], output_stride)
    x = _conv_norm(x, "stem", stem, 3, strides=2)
    x = _activation(activation, "stem_activation")(x)
    level, maps = 1, {"c1": x}
    for n, (block, place) in enumerate(zip(blocks, plan[1:], strict=True)):
        x = _inverted_residual(x, f"b{n}", block, *place)
        level += block.stride == 2
        maps[f"c{level}"] = x
    return maps


def eights(channels: float) -> int:
    """Channels rounded to a multiple of 8, but never down by more than a tenth.

    Example:
        ``eights(44) == 48``, ``eights(18) == 24`` (16 would lose over a tenth).
    """
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def _inverted_residual(x, name, block, stride, dilation):
    inputs = x
    if block.expanded != x.shape[-1]:
        x = _conv_norm(x, f"{name}_expand", block.expanded, 1)
        x = _activation(block.activation, f"{name}_expand_activation")(x)
    place = {"strides": stride, "dilation_rate": dilation}
    x = _conv_norm(x, f"{name}_dw", None, block.kernel, **place)
    x = _activation(block.activation, f"{name}_dw_activation")(x)
    if block.squeeze:
        x = _squeeze_and_excitation(x, f"{name}_se")
    x = _conv_norm(x, f"{name}_project", block.channels, 1)
    # By the table's stride: dilation gives no block a sum that it did not have.
    if block.stride == 1 and block.channels == inputs.shape[-1]:
        x = layers.Add(name=f"{name}_add")([inputs, x])
    return x


def _squeeze_and_excitation(x, name):
    """Each channel times a gate in [0, 1], from the means of all channels."""
    channels = x.shape[-1]
    gate = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_mean")(x)
    gate = layers.Conv2D(eights(channels / 4), 1, name=f"{name}_reduce")(gate)
    gate = layers.ReLU(name=f"{name}_reduce_activation")(gate)
    gate = layers.Conv2D(channels, 1, name=f"{name}_expand")(gate)
    gate = layers.Activation("hard_sigmoid", name=f"{name}_gate")(gate)
    return layers.Multiply(name=f"{name}_multiply")([x, gate])


def _conv_norm(x, name, channels, kernel, **kwargs):
    """A convolution, depthwise without ``channels``, and its batch norm."""
    kwargs |= {"padding": "same", "use_bias": False, "name": name}
    if channels is None:
        x = layers.DepthwiseConv2D(kernel, **kwargs)(x)
    else:
        x = layers.Conv2D(channels, kernel, **kwargs)(x)
    return BatchNorm(momentum=0.99, epsilon=1e-3, name=f"{name}_bn")(x)


def _activation(activation, name):
    if activation == "hard_swish":
        return layers.Activation("hard_swish", name=name)
    return layers.ReLU(6.0 if activation == "relu6" else None, name=name)
