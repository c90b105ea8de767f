"""SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image Segmentation.

Badrinarayanan, Kendall and Cipolla, PAMI 2017, arXiv:1511.00561, figure 2, as their
release for Caffe builds it (segnet_train.prototxt). For CamVid's 360 x 480:

    stage  encoder (VGG-16's 13)       pool      decoder
    1      conv1_1..2   64  360x480    180x240   conv1_2..1_D   64, K
    2      conv2_1..2  128  180x240     90x120   conv2_2..1_D  128,  64
    3      conv3_1..3  256   90x120     45x60    conv3_3..1_D  256, 256, 128
    4      conv4_1..3  512   45x60      23x30    conv4_3..1_D  512, 512, 256
    5      conv5_1..3  512   23x30      12x15    conv5_3..1_D  512, 512, 512

Every convolution is 3x3, then batch norm, then ReLU; but conv1_1_D is the classifier
and has neither. A pool keeps where in its 2x2 window each maximum was; its stage's
decoder puts the values back there, in a map of the size before the pool, of zeros.

Bayesian SegNet (Kendall, Badrinarayanan and Cipolla, BMVC 2017, arXiv:1511.02680) is
the same with ``dropout=0.5``: after pool3, pool4, pool5 and the decoders 5, 4 and 3.

Departures from the paper:
    - Images are RGB, the release's are BGR. As there, they go in as they are, 0..255:
      the first batch norm takes out their mean and their scale.
    - A batch norm's epsilon is 1e-3, the release's 1e-9 (``epsilon=``), and it keeps
      moving averages; ``kseg.train.recompute_batch_norm`` makes the release's
      statistics.
    - Indices hold the place in the window, which the paper says needs two bits; the
      release stores the place in the map.
    - The output is logits, in float32 under every dtype policy; softmax is in the loss.
"""

import os

import keras
from keras import layers

from kseg.backbones.vgg import load_imagenet
from kseg.checkpoints.weights import load_weights
from kseg.checks import check_above_0, check_image_shape, check_share, check_whole
from kseg.layers import BatchNorm, MaxPoolingWithIndices2D, MaxUnpooling2D
from kseg.models.parts.initializers import msra

# Channels of each stage's convolutions over base_filters; the last one gives K.
ENCODER = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))
DECODER = ((1, None), (2, 1), (4, 4, 2), (8, 8, 4), (8, 8, 8))
# The deeper stages, where Bayesian SegNet drops out.
DROPPED = (3, 4, 5)


def SegNet(
    num_classes: int = 11,
    input_shape: tuple[int | None, int | None, int] = (360, 480, 3),
    *,
    weights: str | os.PathLike | None = None,
    base_filters: int = 64,
    dropout: float = 0.0,
    epsilon: float = 1e-3,
    name: str = "segnet",
) -> keras.Model:
    """SegNet, by default the paper's for CamVid; with ``dropout``, Bayesian SegNet.

    Args:
        num_classes: Classes of the label map.
        input_shape: (H, W, C), of any size from 1x1 on; H and W may be None.
        weights: None; "imagenet" for VGG-16's in the encoder, as the paper starts; or a
            file written by ``save_weights`` or ``save``.
        base_filters: Channels of stage 1; the paper's 64.
        dropout: Rate in [0, 1) after pools and decoders of stages 3 to 5; 0.5 for
            Bayesian SegNet.
        epsilon: Of the batch norms, above 0.
        name: Name of the model.

    Returns:
        A functional model from images (B, H, W, C), 0..255, uint8 or float32, to logits
        (B, H, W, num_classes), float32.

    Raises:
        ValueError: An argument is outside these ranges.

    Reference:
        Badrinarayanan et al. 2017, section 3 and figure 2.
    """
    check_whole(num_classes=num_classes, base_filters=base_filters)
    check_image_shape(input_shape, may_be_open=True)
    check_above_0(epsilon=epsilon)
    check_share(dropout=dropout)
    if weights == "imagenet" and (base_filters, input_shape[2]) != (64, 3):
        raise ValueError(
            "weights='imagenet' are those of VGG-16: they need base_filters=64 and RGB "
            f"images. Received: {base_filters=}, {input_shape=}."
        )

    inputs = keras.Input(input_shape, name="image")
    x, pools = inputs, []
    for stage, widths in enumerate(ENCODER, start=1):
        for i, width in enumerate(widths, start=1):
            x = _conv(x, width * base_filters, epsilon, f"{stage}_{i}")
        before = x
        x, indices = MaxPoolingWithIndices2D(name=f"pool{stage}")(x)
        pools.append((indices, before))
        if dropout and stage in DROPPED:
            x = layers.Dropout(dropout, name=f"encdrop{stage}")(x)

    for stage, (indices, before) in reversed(list(enumerate(pools, start=1))):
        x = MaxUnpooling2D(name=f"upsample{stage}")([x, indices, before])
        widths = DECODER[stage - 1]
        for i, width in zip(range(len(widths), 0, -1), widths, strict=True):
            if width is not None:
                x = _conv(x, width * base_filters, epsilon, f"{stage}_{i}_D")
        if dropout and stage in DROPPED:
            x = layers.Dropout(dropout, name=f"decdrop{stage}")(x)

    # float32: a loss over thousands of pixels needs logits finer than float16's.
    logits = layers.Conv2D(
        num_classes,
        3,
        padding="same",
        kernel_initializer=msra(),
        dtype="float32",
        name="conv1_1_D",
    )(x)
    model = keras.Model(inputs, logits, name=name)
    if weights == "imagenet":
        load_imagenet(model)
    elif weights is not None:
        load_weights(model, weights)
    return model


SegNet.task, SegNet.default_parameters = "semantic", 29_465_227


def batch_norm(epsilon: float, name: str) -> BatchNorm:
    """A batch norm as the release starts it: scale 1, shift 0.001."""
    shift = keras.initializers.Constant(0.001)
    return BatchNorm(epsilon=epsilon, beta_initializer=shift, name=name)


def _conv(x, filters: int, epsilon: float, name: str):
    """3x3 convolution, batch norm, ReLU."""
    x = layers.Conv2D(
        filters, 3, padding="same", kernel_initializer=msra(), name=f"conv{name}"
    )(x)
    x = batch_norm(epsilon, f"conv{name}_bn")(x)
    return layers.ReLU(name=f"relu{name}")(x)
