"""Weights for the backbones: from ``keras.applications``, or from a file."""

import os
from collections.abc import Callable

import keras

from kseg.checkpoints.weights import load_weights
from kseg.layers import BatchNorm, FrozenAffine
from kseg.layers.frozen_affine import fold_batch_norm


def load(image, maps: dict, weights, imagenet: Callable[[keras.Model], None]) -> None:
    """Set the weights of the layers between an image and its feature maps.

    Args:
        image: The tensor that the backbone was called on.
        maps: What the backbone returns.
        weights: None (leave them as initialised), "imagenet", or a path to a
            ``.weights.h5`` or ``.keras`` file of a model of this backbone.
        imagenet: Called with the model from ``image`` to ``maps`` for "imagenet".

    Raises:
        ValueError: ``weights`` is none of these, or cannot be read.
    """
    if weights is None:
        return
    if not isinstance(weights, str | os.PathLike):
        raise ValueError(
            'weights must be None, "imagenet", or a path to a .weights.h5 or .keras '
            f"file. Received: weights={weights!r}."
        )
    model = keras.Model(image, maps)
    if weights == "imagenet":
        imagenet(model)
    else:
        load_weights(model, weights)


def application(name: str, **kwargs) -> keras.Model:
    """A network of ``keras.applications`` with its ImageNet weights.

    Args:
        name: Of the function there, such as "VGG16".
        **kwargs: For that function.

    Raises:
        ValueError: Its weights could not be downloaded.
    """
    try:
        return getattr(keras.applications, name)(weights="imagenet", **kwargs)
    except Exception as error:  # a failed download is a bare Exception in Keras
        raise ValueError(
            f"keras.applications could not provide the ImageNet weights of {name}. "
            f"Keras says: {error}. Connect to the network once (Keras keeps the file "
            "in ~/.keras/models), copy that file there from another machine, or use "
            'the backbone "efficientnet_lite0", whose weights are part of kseg.'
        ) from error


def copy_layers(
    model: keras.Model, source: keras.Model, name_of: Callable[[str], str]
) -> None:
    """Copy all weights of a network from another with the same layers.

    Args:
        model: The network that receives the weights.
        source: The network that has them.
        name_of: From the name of a layer of ``model`` to its name in ``source``.

    Raises:
        ValueError: A layer is missing in ``source``, or of another shape.
    """
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(name_of(layer.name)).get_weights())


def copy_resnet(model: keras.Model, source: keras.Model) -> None:
    """Copy a ResNet of ``keras.applications``, whose convolutions have biases.

    A bias before a batch norm shifts what the norm subtracts: ``gamma * (x + bias -
    mean) / deviation + beta`` is the norm of ``x`` with the mean ``mean - bias``.

    Args:
        model: The network of ``kseg.backbones.resnet`` that receives the weights.
        source: ResNet50 or ResNet101 of ``keras.applications``.
    """
    for layer in model.layers:
        if not layer.weights:
            continue
        weights = source.get_layer(layer.name).get_weights()
        if isinstance(layer, (BatchNorm, FrozenAffine)):
            gamma, beta, mean, variance = weights
            convolution = source.get_layer(layer.name.removesuffix("_bn") + "_conv")
            norm = [gamma, beta, mean - convolution.get_weights()[1], variance]
            if isinstance(layer, FrozenAffine):
                epsilon = source.get_layer(layer.name).epsilon
                norm = fold_batch_norm(*norm, epsilon)
            layer.set_weights(norm)
        elif layer.name == "conv1_conv":
            layer.set_weights([weights[0][:, :, ::-1]])  # theirs reads BGR
        else:
            layer.set_weights(weights[:1])


def without_imagenet(name: str, instead: str) -> Callable[[keras.Model], None]:
    """What ``load`` calls for a network that has no ImageNet weights anywhere.

    Args:
        name: Of the network.
        instead: A backbone that has them.
    """

    def refuse(model):
        raise ValueError(
            f"There are no ImageNet weights for {name}: keras.applications has none. "
            f"Received: weights='imagenet'. Use weights=None or a path, or the "
            f'backbone "{instead}".'
        )

    return refuse
