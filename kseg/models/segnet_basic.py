"""SegNet-Basic, and the decoders that the SegNet paper compares on its encoder.

Badrinarayanan, Kendall and Cipolla, PAMI 2017, arXiv:1511.00561, section 3.1 and table
1, as their release for Caffe builds it (segnet_basic_train.prototxt). For 360 x 480:

    stage  encoder                  pool       decoder
           norm (LRN)     360x480
    1      conv1  7x7 64  360x480   180x240    conv_decode1  7x7 64 -> conv_classifier K
    2      conv2  7x7 64  180x240    90x120    conv_decode2  7x7 64
    3      conv3  7x7 64   90x120    45x60     conv_decode3  7x7 64
    4      conv4  7x7 64   45x60     23x30     conv_decode4  7x7 64

Encoders are convolution, batch norm, ReLU and pool; decoders unpooling (the values go
back to where the pool found them), convolution and batch norm, without ReLU; the
classifier is 1x1. A value of pool4 sees 106 x 106 pixels. The decoders that the paper
takes from FCN are in kseg/models/segnet_variants.py.

Departures from the paper:
    - "Local contrast normalisation" of the image is the release's LRN across channels.
    - The paper's convolutions have no bias; the release's do (``use_bias=``).
    - Images are RGB, the release's are BGR, and go in as they are, 0..255.
    - A batch norm's epsilon is 1e-3, the release's 1e-9 (``epsilon=``), and it keeps
      moving averages; ``kseg.train.recompute_batch_norm`` makes the release's
      statistics.
    - The maps that EncoderAddition adds are those before the pool: they have the
      decoder's size. kseg/models/segnet_variants.py says what else is left open.
    - The output is logits, in float32 under every dtype policy; softmax is in the loss.
"""

import math
import os
from functools import partial

import keras
from keras import layers

from kseg.checkpoints.weights import load_weights
from kseg.checks import check_above_0, check_choice, check_image_shape, check_whole
from kseg.layers import LocalResponseNorm, MaxPoolingWithIndices2D, MaxUnpooling2D
from kseg.models.parts.initializers import msra
from kseg.models.segnet import batch_norm
from kseg.models.segnet_variants import fcn_decoder, score

# Table 1: what sets each decoder apart, by the paper's name. First those that unpool.
SEGNET_DECODERS = {
    "SegNet-Basic": {},
    "SegNet-Basic-SingleChannelDecoder": {"single_channel": True},
    "SegNet-Basic-EncoderAddition": {"addition": True},
}
FCN_DECODERS = {
    "Bilinear-Interpolation": {"addition": False, "learned": False},
    "FCN-Basic": {},
    "FCN-Basic-NoAddition": {"addition": False},
    "FCN-Basic-NoDimReduction": {"reduction": False},
    "FCN-Basic-NoAddition-NoDimReduction": {"addition": False, "reduction": False},
}
VARIANTS = (*SEGNET_DECODERS, *FCN_DECODERS)


def SegNetBasic(
    num_classes: int = 11,
    input_shape: tuple[int | None, int | None, int] = (360, 480, 3),
    *,
    variant: str = "SegNet-Basic",
    weights: str | os.PathLike | None = None,
    filters: int = 64,
    use_bias: bool = True,
    epsilon: float = 1e-3,
    name: str = "segnet_basic",
) -> keras.Model:
    """SegNet-Basic, or another decoder of the paper's table 1 on its encoder.

    Args:
        num_classes: Classes of the label map.
        input_shape: (H, W, C), of any size from 1x1 on; H and W may be None.
        variant: A name of ``VARIANTS``, the paper's.
        weights: None or a file written by ``save_weights`` or ``save``.
        filters: Channels of encoders and decoders; the paper's 64.
        use_bias: Whether convolutions before a batch norm have a bias.
        epsilon: Of the batch norms, above 0.
        name: Name of the model.

    Returns:
        A functional model from images (B, H, W, C), 0..255, uint8 or float32, to logits
        (B, H, W, num_classes), float32.

    Raises:
        ValueError: An argument is outside these ranges.

    Reference:
        Badrinarayanan et al. 2017, section 3.1 and table 1.
    """
    check_whole(num_classes=num_classes, filters=filters)
    check_image_shape(input_shape, may_be_open=True)
    check_choice("variant", variant, VARIANTS)
    check_above_0(epsilon=epsilon)
    conv = partial(_conv, filters=filters, use_bias=use_bias, epsilon=epsilon)

    inputs = keras.Input(input_shape, name="image")
    x = LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, name="norm")(inputs)
    stages = []
    for stage in (1, 2, 3, 4):
        x = conv(x, name=f"conv{stage}")
        encoded = layers.ReLU(name=f"relu{stage}")(x)
        # FCN's decoders leave the indices; a compiled graph then does not compute them.
        x, indices = MaxPoolingWithIndices2D(name=f"pool{stage}")(encoded)
        stages.append((encoded, x, indices))

    if variant in FCN_DECODERS:
        options = FCN_DECODERS[variant]
        logits = fcn_decoder(stages, num_classes, **options)
    else:
        options = SEGNET_DECODERS[variant]
        logits = _segnet_decoder(stages, num_classes, conv, **options)
    model = keras.Model(inputs, logits, name=name)
    if weights is not None:
        load_weights(model, weights)
    return model


SegNetBasic.task, SegNetBasic.default_parameters = "semantic", 1_417_611


def _segnet_decoder(stages, num_classes, conv, *, single_channel=False, addition=False):
    """From the last pool back to the image, along the indices of the pools."""
    x = stages[-1][1]
    for stage, (encoded, _, indices) in reversed(list(enumerate(stages, start=1))):
        x = MaxUnpooling2D(name=f"upsample{stage}")([x, indices, encoded])
        x = conv(x, single_channel=single_channel, name=f"conv_decode{stage}")
        if addition:
            x = layers.Add(name=f"addition{stage}")([x, encoded])
    return score(x, num_classes, name="conv_classifier")


def _conv(x, *, filters, use_bias, epsilon, name, single_channel=False):
    """7x7 convolution and batch norm; a single-channel one sees one map each."""
    options = {"padding": "same", "use_bias": use_bias, "name": name}
    if single_channel:
        # "msra" for the 49 nodes that feed one neuron.
        gaussian = keras.initializers.RandomNormal(stddev=math.sqrt(2 / 49))
        x = layers.DepthwiseConv2D(7, depthwise_initializer=gaussian, **options)(x)
    else:
        x = layers.Conv2D(filters, 7, kernel_initializer=msra(), **options)(x)
    return batch_norm(epsilon, f"{name}_bn")(x)
