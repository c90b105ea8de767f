"""The maps of an image that regions are proposed on and taken from.

The backbone, its weights and its options are those of ``kseg.backbones.features``; with
``frozen``, how much of it keeps its weights: the last two arguments of
``kseg.backbones.freezing.freeze``.
"""

import keras

from kseg.backbones import features
from kseg.backbones.fpn import fpn
from kseg.backbones.freezing import freeze


def frozen_parts(weights, freeze_at, frozen_batch_norm) -> tuple[int, bool]:
    """``stages`` and ``batch_norm`` of ``freeze``; what is None goes by the weights."""
    pretrained = weights is not None
    return (
        2 * pretrained if freeze_at is None else freeze_at,
        pretrained if frozen_batch_norm is None else frozen_batch_norm,
    )


def pyramid(image, backbone, weights, options, frozen, channels, separable) -> list:
    """The maps p2 to p6; ``frozen`` are the last arguments of ``freeze``."""
    maps = features(backbone, image, weights=weights, **options)
    freeze(*_inside(backbone, image, maps), *frozen)
    return list(fpn(maps, channels, separable).values())


def c4_and_conv5(image, backbone, weights, options, frozen):
    """The map c4 of the image, and the model from such a map to c5, of any size."""
    of_any_size = keras.Input((None, None, image.shape[-1]), name="any_image")
    maps = features(backbone, of_any_size, weights=weights, **options)
    if isinstance(backbone, keras.Model):
        if backbone.input_shape[1:3] != (None, None):
            raise ValueError(
                "With head='c4', whose last stage runs on regions, a model as backbone "
                "must take images of any size, (None, None, C). Received: one of "
                f"input shape {backbone.input_shape}."
            )
    of_any_size, maps = _inside(backbone, of_any_size, maps)
    freeze(of_any_size, maps, *frozen)
    trunk = keras.Model(of_any_size, maps["c4"], name="c1_to_c4")
    return trunk(image), keras.Model(maps["c4"], maps["c5"], name="conv5")


def _inside(backbone, image, maps) -> tuple:
    """Image and maps between which the backbone's own layers lie.

    A model that was called is one layer, which would be frozen as a whole; so is a
    subclass of ``keras.Model``, which has no graph to divide.
    """
    inputs = getattr(backbone, "inputs", None)
    if inputs is None:
        return image, maps
    # Keras sorts the keys of a dict.
    return inputs[0], dict(zip(sorted(maps), backbone.outputs, strict=True))
