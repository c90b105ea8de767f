"""Fully Convolutional Networks for Semantic Segmentation.

Long, Shelhamer and Darrell, CVPR 2015 and PAMI 2017, arXiv:1411.4038 and 1605.06211, as
their release for Caffe builds them on VGG-16. For an image of 321 x 321:

    trunk   conv1 (pad 100) 519, pool1 260, pool2 130, pool3 65, pool4 33, pool5 17
            fc6 (7x7, no padding) 11 x 4096, fc7 11 x 4096, score_fr 11 x K
    FCN-32s score_fr -> deconvolution 64/32  384 -> crop at 19       321 x K
    FCN-16s score_fr -> deconvolution 4/2     24  + score_pool4 cropped at 5
                     -> deconvolution 32/16  400 -> crop at 27       321 x K
    FCN-8s  as 16s up to the sum
                     -> deconvolution 4/2     50  + score_pool3 cropped at 9
                     -> deconvolution 16/8   408 -> crop at 31       321 x K

The crops align the maps (docs/fcn.md derives them). The padding of 100 makes every
image from 1 x 1 on large enough for fc6 and for each crop.

Departures from the paper:
    - The crops, the padding and the fixed deconvolutions are the release's. The text of
      2015 learns the inner ones (``learned_upsampling="inner"``).
    - Images are RGB; the means that are subtracted are those of ``keras.applications``.
    - The output is logits, in float32 under every dtype policy; softmax is in the loss.
    - Another backbone than "vgg16" is not the paper's network: it is not padded by 100
      and has no fc6 and fc7, but the same zero scores, sums and bilinear upsampling.
"""

import os

import keras
from keras import layers

from kseg.backbones.vgg import vgg16
from kseg.checks import check_choice, check_image_shape, check_whole
from kseg.layers import Bilinear, BilinearDeconv2D, Crop
from kseg.models.on_backbone.fcn import backbone_logits, score

# What is summed with the scores of fc7: the map, the level of its stride, the crop of
# its score, the scale that only at-once training puts before it, and the name of the
# deconvolution that brings the coarser scores to its size.
SKIPS = (
    ("pool4", "c4", 5, 0.01, "upscore2"),
    ("pool3", "c3", 9, 1e-4, "upscore_pool4"),
)
# By the stride of the finest map: skips, name and crop of the last deconvolution.
HEADS = {32: (0, "upscore", 19), 16: (1, "upscore16", 27), 8: (2, "upscore8", 31)}
# The arguments that are for "vgg16" only.
PAPERS = {"fc_filters": 4096, "learned_upsampling": None, "at_once": False}


def FCN32s(
    num_classes: int = 21,
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    *,
    backbone: str | keras.Model = "vgg16",
    weights: str | os.PathLike | None = None,
    fc_filters: int = 4096,
    learned_upsampling: str | None = None,
    name: str = "fcn32s",
) -> keras.Model:
    """FCN-32s: the scores of fc7, upsampled 32 times.

    Args:
        num_classes: Classes of the label map, background included.
        input_shape: (H, W, C); H and W may be None. C is 3 for VGG-16.
        backbone: "vgg16" for the paper's network; otherwise what
            ``kseg.backbones.features`` takes. Inside, the image is then padded with
            zeros to multiples of 32; the two arguments below are for "vgg16" only.
        weights: Of the backbone: None, "imagenet" or a path. Score layers start at
            zero, whatever the backbone starts from.
        fc_filters: Filters of fc6 and fc7; 4096 in the paper.
        learned_upsampling: None: every deconvolution is fixed; "inner": all but the
            last are learned; "all". Learned ones are dense and start bilinear.
        name: Name of the model.

    Returns:
        A functional model from images (B, H, W, C), 0..255, uint8 or float32, to logits
        (B, H, W, num_classes), float32, for every H and W from 1 on.

    Raises:
        ValueError: An argument is outside these ranges.

    Reference:
        Long et al. 2015, section 4.1; voc-fcn32s of the release.
    """
    papers = dict(fc_filters=fc_filters, learned_upsampling=learned_upsampling)
    return _fcn(32, num_classes, input_shape, backbone, weights, name, **papers)


def FCN16s(
    num_classes: int = 21,
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    *,
    backbone: str | keras.Model = "vgg16",
    weights: str | os.PathLike | None = None,
    fc_filters: int = 4096,
    learned_upsampling: str | None = None,
    name: str = "fcn16s",
) -> keras.Model:
    """FCN-16s: the scores of fc7 and pool4, upsampled 16 times.

    As ``FCN32s``. Trained from an FCN-32s: see ``initialize_from``.

    Reference:
        Long et al. 2015, section 4.2; voc-fcn16s of the release.
    """
    papers = dict(fc_filters=fc_filters, learned_upsampling=learned_upsampling)
    return _fcn(16, num_classes, input_shape, backbone, weights, name, **papers)


def FCN8s(
    num_classes: int = 21,
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    *,
    backbone: str | keras.Model = "vgg16",
    weights: str | os.PathLike | None = None,
    fc_filters: int = 4096,
    learned_upsampling: str | None = None,
    at_once: bool = False,
    name: str = "fcn8s",
) -> keras.Model:
    """FCN-8s: the scores of fc7, pool4 and pool3, upsampled 8 times.

    As ``FCN32s``, with one argument more. Trained from an FCN-16s, or at once.

    Args:
        at_once: Scale pool4 by 0.01 and pool3 by 0.0001 before they are scored, so that
            all scores train together, from the backbone's weights; for "vgg16" only.

    Reference:
        Long et al. 2015, section 4.2; voc-fcn8s and voc-fcn8s-atonce of the release.
    """
    papers = dict(fc_filters=fc_filters, learned_upsampling=learned_upsampling)
    papers["at_once"] = at_once
    return _fcn(8, num_classes, input_shape, backbone, weights, name, **papers)


FCN32s.task, FCN32s.default_parameters = "semantic", 134_346_581
FCN16s.task, FCN16s.default_parameters = "semantic", 134_357_354
FCN8s.task, FCN8s.default_parameters = "semantic", 134_362_751


def mobile(
    num_classes: int,
    input_shape: tuple[int | None, int | None, int] = (None, None, 3),
    *,
    weights: str | os.PathLike | None = "imagenet",
) -> keras.Model:
    """The phone-sized configuration: FCN-8s on EfficientNet-Lite0.

    Fixed upsampling from stride 8 caps what it can fit: no detail is finer than that
    grid. ``kseg.models.BackboneUNet`` is the finer one.

    Args:
        num_classes, input_shape: As ``FCN32s`` takes them.
        weights: Of the backbone: "imagenet" (embedded, no download), None or a path.

    Returns:
        The model: 2,958,848 + 475 * num_classes trainable parameters.
    """
    trunk = dict(backbone="efficientnet_lite0", weights=weights)
    return FCN8s(num_classes, input_shape, **trunk, name="fcn8s_mobile")


def _fcn(stride, classes, input_shape, backbone, weights, name, **papers):
    """One of the three networks; ``papers`` are arguments of ``PAPERS``."""
    check_whole(num_classes=classes, fc_filters=papers["fc_filters"])
    learned = papers["learned_upsampling"]
    check_choice("learned_upsampling", learned, (None, "inner", "all"))
    check_image_shape(input_shape, may_be_open=True)
    given = {key: value for key, value in papers.items() if value != PAPERS[key]}
    image = keras.Input(input_shape, name="image")
    if backbone == "vgg16":
        logits = _vgg_logits(image, classes, stride, weights, **papers)
    elif given:
        raise ValueError(
            f"{', '.join(given)}: for backbone='vgg16' only. Received: {given} with "
            f"backbone={backbone!r}. Leave it out."
        )
    else:
        levels = tuple(skip[1] for skip in SKIPS[: HEADS[stride][0]])
        logits = backbone_logits(image, classes, levels, stride, backbone, weights)
    return keras.Model(image, logits, name=name)


def _vgg_logits(image, classes, stride, weights, fc_filters, at_once=False, **papers):
    """The network of the release, on VGG-16."""
    learned = papers["learned_upsampling"]
    widths = dict(first_padding=100, fully_convolutional=fc_filters)
    maps = vgg16(image, weights=weights, **widths)
    skips, upscore, crop = HEADS[stride]
    x = score(maps["fc7"], classes, "score_fr")
    for pool, level, pool_crop, scale, up in SKIPS[:skips]:
        x = _deconvolution(x, 2, learned is not None, up)
        y = maps[level]
        if at_once:
            y = layers.Rescaling(scale, name=f"scale_{pool}")(y)
        y = score(y, classes, f"score_{pool}")
        y = Crop(pool_crop, dtype="float32", name=f"score_{pool}c")([y, x])
        x = layers.Add(dtype="float32", name=f"fuse_{pool}")([x, y])
    x = _deconvolution(x, stride, learned == "all", upscore)
    return Crop(crop, dtype="float32", name="score")([x, image])


def _deconvolution(x, factor, learned, name):
    if not learned:
        return BilinearDeconv2D(factor, dtype="float32", name=name)(x)
    bilinear = dict(kernel_initializer=Bilinear(), use_bias=False, dtype="float32")
    size = (x.shape[-1], 2 * factor, factor)
    return layers.Conv2DTranspose(*size, **bilinear, name=name)(x)
