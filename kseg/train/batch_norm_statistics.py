"""Statistics of batch norms by a full pass over the training images."""

import contextlib
from collections.abc import Iterable

import keras
import numpy as np
from keras import ops

from kseg.layers.walk import walk


def recompute_batch_norm(model: keras.Model, batches: Iterable) -> int:
    """Replace the moving statistics of every batch norm by those of all batches.

    ``mean = mean_b(mean of batch b)``, ``variance = mean_b(variance of b * m/(m - 1))``

    m is how many values a channel has in the batch, so that each variance is the
    unbiased one. Statistics are taken with the network in training mode: each batch
    norm normalises by the batch's own statistics, and so does what feeds it; dropout is
    active. Weights and optimizer are left alone.

    Args:
        model: A network; models inside of it are reached too. Frozen batch norms
            (``trainable=False``) keep their statistics.
        batches: Of images (B, H, W, C) as ``fit`` gets them, arrays or tensors, or
            tuples that begin with them: a dataset of images and labels, say. Batches of
            the size of training give the statistics that it saw; their images may
            differ in size. One is held at a time.

    Returns:
        The number of batches.

    Raises:
        ValueError: There is no batch, no batch norm, or a batch with one value in a
            channel. Statistics are then as before.

    Numerics:
        Means and variances of a batch are float32, about the batch's own mean; their
        sums are float64.

    Reference:
        Ioffe and Szegedy 2015, algorithm 2; compute_bn_statistics.py of SegNet's
        release, whose factor m/(m - 1) is an integer division there, and so 1.
    """
    kind = keras.layers.BatchNormalization
    trainable = (x for x in walk(model) if isinstance(x, kind) and x.trainable)
    norms = list(dict.fromkeys(trainable))  # a model inside may be there twice
    if not norms:
        raise ValueError(
            "Expected a network with batch norms that are not frozen. Received: "
            f"{model.name}, which has none."
        )
    sums = {norm: np.zeros((2, *norm.moving_mean.shape)) for norm in norms}
    calls = dict.fromkeys(norms, 0)

    def add(norm, inputs):
        sums[norm] += _statistics(norm, inputs)
        calls[norm] += 1

    count = 0
    with _restored_on_failure(norms), _listening(norms, add):
        for batch in batches:
            images = batch[0] if isinstance(batch, tuple | list) else batch
            model(images, training=True)
            count += 1
        if not count:
            raise ValueError("Expected batches of images. Received: none.")
    for norm in norms:
        mean, variance = sums[norm] / calls[norm]
        norm.moving_mean.assign(mean)
        norm.moving_variance.assign(variance)
    return count


def _statistics(norm, inputs):
    """Mean and unbiased variance of each channel, (2, C) float64."""
    x = ops.cast(inputs, "float32")
    axis = norm.axis % len(x.shape)
    others = [i for i in range(len(x.shape)) if i != axis]
    values = int(np.prod([x.shape[i] for i in others]))
    if values < 2:
        raise ValueError(
            f"Expected more than one value in a channel of {norm.name}, to take a "
            f"variance of. Received: maps of shape {tuple(x.shape)}. Use larger "
            "batches or images."
        )
    mean = ops.mean(x, axis=others, keepdims=True)
    squares = ops.sum(ops.square(x - mean), axis=others)
    both = ops.reshape(mean, (-1,)), squares / (values - 1)
    return np.stack([ops.convert_to_numpy(a).astype("float64") for a in both])


@contextlib.contextmanager
def _listening(norms, listener):
    """Tell ``listener`` of each call of a batch norm: the layer and its inputs."""

    def heard(norm, call):
        def listen(inputs, *args, **kwargs):
            listener(norm, inputs)
            return call(inputs, *args, **kwargs)

        return listen

    for norm in norms:
        # Around Keras's own __setattr__, which would take it for a part of the layer.
        object.__setattr__(norm, "call", heard(norm, norm.call))
    try:
        yield
    finally:
        for norm in norms:
            object.__delattr__(norm, "call")


@contextlib.contextmanager
def _restored_on_failure(norms):
    moving = [v for norm in norms for v in (norm.moving_mean, norm.moving_variance)]
    before = [ops.convert_to_numpy(v) for v in moving]
    try:
        yield
    except BaseException:
        for variable, value in zip(moving, before, strict=True):
            variable.assign(value)
        raise
