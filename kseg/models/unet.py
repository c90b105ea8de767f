"""U-Net: Convolutional Networks for Biomedical Image Segmentation.

Ronneberger, Fischer and Brox, MICCAI 2015, arXiv:1505.04597, figure 1. Shapes of the
paper's network on its tile of 572 x 572 (H = W; "skip" is what joins after its crop):

    level  contracting path            skip (crop per side)  expanding path
    0      572   1 -> 570 -> 568  64   392  (88)             392 128 -> 390 -> 388  64
    1      284  64 -> 282 -> 280 128   200  (40)             200 256 -> 198 -> 196 128
    2      140 128 -> 138 -> 136 256   104  (16)             104 512 -> 102 -> 100 256
    3       68 256 ->  66 ->  64 512    56   (4)             56 1024 ->  54 ->  52 512
    bottom  32 512 ->  30 ->  28 1024                        score: 388 64 -> 388 K

Each arrow is a 3x3 convolution and a ReLU; down one level is a 2x2 max pool of stride
2, up one level a 2x2 up-convolution that halves the channels. 23 convolutions.

Departures from the paper:
    - The first layer scales 0..255 to 0..1; the paper does not say what it feeds.
    - The paper's text has no ReLU after the up-convolutions, the released network has
      one: it is on, ``up_conv_activation=None`` takes it off.
    - "At the end of the contracting path" is where the release drops out with rate 0.5:
      after the last ReLU of the 512 level (pool and skip both see it) and of the 1024.
    - ``variant="release"``: the last up-convolution gives 128 channels, not 64.
    - The output is logits, in float32 under every dtype policy; softmax is in the loss.
    - ``padding="same"`` and ``normalization="batch"`` are not the paper's. Convolutions
      before a batch norm have no bias; up-convolutions are not normalised, because a
      norm after them could not be folded into a convolution for TFLite.
"""

import os
from functools import partial

import keras
from keras import layers

from kseg.checkpoints.weights import load_weights
from kseg.checks import check_choice, check_image_shape, check_share, check_whole
from kseg.layers import BatchNorm, RequireMultiple, UpConv2D
from kseg.models.parts.initializers import msra


def UNet(
    num_classes: int = 2,
    input_shape: tuple[int | None, int | None, int] = (572, 572, 1),
    *,
    weights: str | os.PathLike | None = None,
    base_filters: int = 64,
    depth: int = 4,
    padding: str = "valid",
    dropout: float = 0.5,
    up_conv_activation: str | None = "relu",
    normalization: str | None = None,
    variant: str = "paper",
    name: str = "unet",
) -> keras.Model:
    """The U-Net, by default exactly the paper's.

    Args:
        num_classes: Classes of the label map, background included.
        input_shape: (H, W, C). With ``padding="same"`` H and W may be None.
        weights: None or a file written by ``save_weights`` or ``save``.
        base_filters: Channels of level 0; each level down doubles them.
        depth: Number of poolings.
        padding: "valid" (the output lacks ``margin(depth)`` pixels per side) or "same".
        dropout: Rate in [0, 1) at the last two levels of the contracting path.
        up_conv_activation: "relu" or None.
        normalization: None or "batch" (between convolution and ReLU).
        variant: "paper" or "release".
        name: Name of the model.

    Returns:
        A functional model from images (B, H, W, C), 0..255, uint8 or float32, to logits
        (B, H', W', num_classes), float32.

    Raises:
        ValueError: An argument is outside these ranges, or a size is illegal; the
            message names the nearest legal ones.

    Reference:
        Ronneberger et al. 2015, section 2 and figure 1.
    """
    check_whole(num_classes=num_classes, base_filters=base_filters, depth=depth)
    check_choice("padding", padding, ("valid", "same"))
    check_choice("up_conv_activation", up_conv_activation, ("relu", None))
    check_choice("normalization", normalization, (None, "batch"))
    check_choice("variant", variant, ("paper", "release"))
    check_share(dropout=dropout)
    _check_input_shape(input_shape, depth, padding)
    filters = [base_filters * 2**level for level in range(depth + 1)]
    block = partial(_block, padding=padding, normalization=normalization)

    inputs = keras.Input(input_shape, name="image")
    x = inputs
    if padding == "same":
        x = RequireMultiple(2**depth, name="size")(x)
    x = layers.Rescaling(1 / 255, name="rescale")(x)

    skips = []
    for level in range(depth):
        x = block(x, filters[level], name=f"down{level}")
        if dropout and level == depth - 1:
            x = layers.Dropout(dropout, name=f"down{level}_dropout")(x)
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"down{level}_pool")(x)

    x = block(x, filters[depth], name="bottom")
    if dropout:
        x = layers.Dropout(dropout, name="bottom_dropout")(x)

    for level in reversed(range(depth)):
        up = filters[1] if variant == "release" and level == 0 else filters[level]
        x = UpConv2D(up, up_conv_activation, name=f"up{level}_up")(x)
        skip = skips[level]
        if padding == "valid":
            crop = 2 * margin(depth - 1 - level)
            skip = layers.Cropping2D(crop, name=f"up{level}_crop")(skip)
        x = layers.Concatenate(name=f"up{level}_concat")([x, skip])
        x = block(x, filters[level], name=f"up{level}")

    # float32: a loss over thousands of pixels needs logits finer than float16's.
    logits = layers.Conv2D(
        num_classes, 1, kernel_initializer=msra(), dtype="float32", name="score"
    )(x)
    model = keras.Model(inputs, logits, name=name)
    if weights is not None:
        load_weights(model, weights)
    return model


UNet.task, UNet.default_parameters = "semantic", 31_030_658


def margin(depth: int, padding: str = "valid") -> int:
    """Pixels that a border takes from each side of the result.

    Args:
        depth: Number of poolings.
        padding: "valid" or "same".

    Returns:
        "valid": the pixels per side that the output lacks, ``6 * 2**depth - 4`` (92 for
        depth 4). "same": the distance from a tile's edge at which its zero padding is
        no longer felt, for tiles aligned to ``2**depth``: ``6 * 2**depth`` (96).
    """
    return 6 * 2**depth - (4 if padding == "valid" else 0)


def legal_sizes(size: int, depth: int, padding: str) -> tuple[int | None, int]:
    """The largest legal tile side up to ``size`` and the smallest from ``size`` on.

    "valid": every map even where it is pooled, and some output left: 16k + 60 from 188
    on for depth 4. "same": multiples of ``2**depth``.

    Args:
        size: Pixels, of either axis.
        depth: Number of poolings.
        padding: "valid" or "same".

    Returns:
        (below, above), both ``size`` where it is legal; below None where there is none.
    """
    stride = 2**depth
    offset = 4 * (stride - 1) if padding == "valid" else 0
    lost = 2 * margin(depth) if padding == "valid" else 0
    k_smallest = (lost - offset) // stride + 1  # the first with output > 0
    k = (size - offset) // stride
    below = k * stride + offset if k >= k_smallest else None
    above = max(-((offset - size) // stride), k_smallest) * stride + offset
    return below, above


def _block(x, filters: int, *, padding: str, normalization: str | None, name: str):
    """Two 3x3 convolutions, each with a ReLU."""
    for i in (1, 2):
        x = layers.Conv2D(
            filters,
            3,
            padding=padding,
            use_bias=normalization is None,
            kernel_initializer=msra(),
            name=f"{name}_conv{i}",
        )(x)
        if normalization == "batch":
            x = BatchNorm(name=f"{name}_norm{i}")(x)
        x = layers.ReLU(name=f"{name}_relu{i}")(x)
    return x


def _check_input_shape(input_shape, depth: int, padding: str) -> None:
    check_image_shape(input_shape, may_be_open=padding == "same")
    for axis, size in zip(("height", "width"), input_shape[:2], strict=True):
        legal = (None,) if size is None else legal_sizes(size, depth, padding)
        if size not in legal:
            raise ValueError(
                f"A U-Net of depth {depth} with {padding!r} padding cannot take this "
                f"{axis}. Received: {axis}={size}. The nearest legal sizes are "
                f"{' and '.join(str(n) for n in legal if n is not None)}."
            )
