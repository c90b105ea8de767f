"""What tests/test_jax.py does on TensorFlow and on JAX alike, in tiny networks."""

from unittest import mock

import keras
import numpy as np
from keras import layers

from kseg import callbacks
from kseg.losses import CrossEntropy
from kseg.models import (
    BackboneUNet,
    FCN8s,
    FCN16s,
    FCN32s,
    SegNet,
    SegNetBasic,
    UNet,
)
from kseg.train import schedules
from kseg.train.optimizers import CaffeSGD

K = 3
SHAPE = (24, 36, 3)


def backbone():
    """Five strided convolutions: {"c1": ..., "c5": ...} as kseg's backbones give."""
    image = x = keras.Input((None, None, 3))
    x = layers.Rescaling(1 / 255)(x)
    maps = {}
    for level in range(1, 6):
        x = layers.Conv2D(4, 3, 2, "same", activation="relu", name=f"conv{level}")(x)
        maps[f"c{level}"] = x
    return keras.Model(image, maps)


def slim_vgg(image, *, weights, first_padding, fully_convolutional):
    """The maps of `kseg.backbones.vgg16`, from one convolution a stage and no more."""
    x = layers.ZeroPadding2D(first_padding - 1)(layers.Rescaling(1 / 255)(image))
    maps = {}
    for level in range(1, 6):
        x = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        x = maps[f"c{level}"] = layers.MaxPooling2D(2, padding="same")(x)
    maps["fc7"] = layers.Conv2D(fully_convolutional, 7, activation="relu")(x)
    return maps


def paper_fcn():
    """FCN-8s with the paper's padding, crops and deconvolutions, but not its trunk."""
    with mock.patch("kseg.models.fcn.vgg16", slim_vgg):
        return FCN8s(K, (5, 8, 3), fc_filters=8)


NETWORKS = {
    "UNet": lambda: UNet(
        K,
        SHAPE,
        base_filters=2,
        depth=1,
        padding="same",
        normalization="batch",
        dropout=0.0,
    ),
    "BackboneUNet": lambda: BackboneUNet(
        K, SHAPE, backbone=backbone(), filters=(4, 4), separable=True
    ),
    "FCN32s": lambda: FCN32s(K, SHAPE, backbone=backbone()),
    "FCN16s": lambda: FCN16s(K, SHAPE, backbone=backbone()),
    "FCN8s": lambda: FCN8s(K, SHAPE, backbone=backbone()),
    "FCN8s of the paper": paper_fcn,
    "SegNet": lambda: SegNet(K, SHAPE, base_filters=1),
    "SegNetBasic": lambda: SegNetBasic(K, SHAPE, filters=4),
}


def batch_for(model):
    """Two images and label maps of the network's size, with ignored pixels."""
    rng = np.random.default_rng(0)
    shape = (2, *model.input_shape[1:])
    labels = rng.integers(0, K, shape[:3])
    labels[0, 0, 0] = 255
    return rng.integers(0, 256, shape).astype("float32"), labels.astype("uint8")


def predict_and_step(model):
    """Logits, and the losses of three steps of the papers' SGD."""
    images, labels = batch_for(model)
    logits = model.predict_on_batch(images)
    model.compile(CaffeSGD(0.01), CrossEntropy([1.0, 2.0, 0.5]))
    losses = [float(model.train_on_batch(images, labels)) for _ in range(3)]
    return np.asarray(logits), np.array(losses)


def average_of_a_fit():
    """A weight after a fit whose rate changes at each step, and its moving average.

    Inside an epoch JAX's fit keeps the variables to itself, unless a callback asks.
    """
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, use_bias=False)])
    model.set_weights([np.full((1, 1), 4.0, "float32")])
    model.compile(CaffeSGD(1.0, weight_decay=0.0), "mse")
    average = callbacks.WeightAverage(0.5)
    schedule = callbacks.Schedule(0.1, 4, schedules.poly(), epochs=2)
    x = np.linspace(0.2, 1.0, 4, dtype="float32")[:, None]
    options = {"batch_size": 1, "epochs": 2, "shuffle": False, "verbose": 0}
    model.fit(x, x, callbacks=[schedule, average], **options)
    return np.array([model.get_weights()[0].item(), average.values()[0].item()])
