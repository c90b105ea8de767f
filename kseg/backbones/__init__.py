"""Trunks of the networks: from an image to its feature maps of stride 2 to 32.

A backbone is a function from the tensor of an image, RGB 0..255, to ``{"c1": ...,
"c5": ...}``, c_k being the last map of stride 2**k. It contains its own normalisation,
and its layers become layers of the network that it is part of.
"""

import inspect
import math
from collections.abc import Callable

import keras

from kseg.backbones.efficientnet_lite import (
    efficientnet_lite0,
    efficientnet_lite1,
    efficientnet_lite2,
)
from kseg.backbones.mobilenet import (
    mobilenet_v2,
    mobilenet_v3_large,
    mobilenet_v3_small,
)
from kseg.backbones.resnet import resnet18, resnet34, resnet50, resnet101
from kseg.backbones.vgg import vgg16, vgg_a

_FUNCTIONS = (
    *(efficientnet_lite0, efficientnet_lite1, efficientnet_lite2),
    *(mobilenet_v2, mobilenet_v3_large, mobilenet_v3_small),
    *(resnet18, resnet34, resnet50, resnet101),
    *(vgg16, vgg_a),
)
BACKBONES: dict[str, Callable] = {f.__name__: f for f in _FUNCTIONS}

__all__ = ["BACKBONES", "features", *BACKBONES]

LEVELS = ("c1", "c2", "c3", "c4", "c5")


def features(
    backbone, image, *, weights=None, output_stride: int = 32, **options
) -> dict:
    """The feature maps of a backbone that is given by its name, or as a model.

    Args:
        backbone: A name of ``BACKBONES``; or a ``keras.Model`` from images (B, H, W, C)
            to a dict with "c1" to "c5", which owns its normalisation and its weights.
        image: KerasTensor (B, H, W, C), 0..255. VGG, ResNet and the weights of ImageNet
            need 3 channels, RGB.
        weights: For a name: None, "imagenet" or a path.
        output_stride: For a name: 32, or 16 or 8 by dilation.
        **options: For a name: what else its function takes, such as
            ``stride_in="3x3"`` of "resnet50".

    Returns:
        ``{"c1": ..., "c5": ...}``.

    Raises:
        ValueError: The name is unknown, the backbone does not take the image or an
            option, or the maps of the model are others or of another stride.
    """
    if isinstance(backbone, keras.Model):
        return _of_model(backbone, image, weights, output_stride, options)
    if not isinstance(backbone, str) or backbone not in BACKBONES:
        raise ValueError(
            f"backbone must be one of {', '.join(BACKBONES)}, or a keras.Model that "
            f"returns {', '.join(LEVELS)}. Received: backbone={backbone!r}."
        )
    options = {"weights": weights, "output_stride": output_stride, **options}
    try:
        inspect.signature(BACKBONES[backbone]).bind(image, **options)
    except TypeError as error:
        raise ValueError(
            f"The backbone {backbone!r} does not take that option: {error}. Received: "
            f"{', '.join(options)}."
        ) from error
    return BACKBONES[backbone](image, **options)


def _of_model(model, image, weights, output_stride, options):
    if weights is not None or output_stride != 32 or options:
        raise ValueError(
            "A model as backbone brings its weights and its stride. Received: "
            f"weights={weights!r}, output_stride={output_stride}"
            f"{''.join(f', {name}' for name in options)}. Leave them out."
        )
    maps = model(image)
    if not isinstance(maps, dict) or not set(LEVELS) <= set(maps):
        given = sorted(maps) if isinstance(maps, dict) else type(maps).__name__
        raise ValueError(
            "A model as backbone must return a dict with the maps "
            f"{', '.join(LEVELS)}. Received: {given}."
        )
    _check_strides(model, image)
    return maps


def _check_strides(model, image):
    """On an image of a size that every stride divides, unless the model fixes one."""
    fixed = getattr(model, "input_shape", image.shape)  # a subclass of Model has none
    sides = [n or open_n for n, open_n in zip(fixed[1:3], (64, 96), strict=True)]
    shape = (image.shape[0], *sides, image.shape[-1])
    maps = model.compute_output_spec(keras.KerasTensor(shape, image.dtype))
    for k, level in enumerate(LEVELS, start=1):
        expected = tuple(math.ceil(n / 2**k) for n in sides)
        given = tuple(maps[level].shape)
        if len(given) != 4 or given[1:3] != expected:
            raise ValueError(
                f"A model as backbone must return {level} of stride {2**k}, (B, "
                f"{expected[0]}, {expected[1]}, C) for an image of {sides[0]} x "
                f"{sides[1]}. Received: {level} of shape {given}. Let another layer of "
                f"the model be its {level}."
            )
