"""Images, weights and a short training, for the tests of this folder."""

import keras
import numpy as np


def images(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype("float32")


def randomise(model):
    """Random weights and statistics, alike in scale to those of a trained network."""
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            layer.set_weights([rng.uniform(0.5, 1.5, shape) for _ in range(4)])
        elif layer.weights:
            kernel, *bias = (v.shape for v in layer.weights)
            scale = np.sqrt(2 / np.prod(kernel[:3]))
            biases = [rng.normal(0, 1, shape) for shape in bias]
            layer.set_weights([rng.normal(0, scale, kernel), *biases])


def weights_of(model):
    """From the name of a layer to its weights in float64, for a reference in NumPy."""
    return lambda name: [
        np.asarray(w, "float64") for w in model.get_layer(name).get_weights()
    ]


def losses_on_squares(model, square, steps):
    """Losses of each step on one batch, whose labels are squares of so many pixels.

    Args:
        model: Of 3 classes, for images of 2 x 3 squares.
        square: Side of a square in pixels.
        steps: How many.
    """
    labels = np.random.default_rng(1).integers(0, 3, (2, 2, 3))
    labels = labels.repeat(square, 1).repeat(square, 2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # Not compiled: for so few steps compiling takes longer.
    model.compile(keras.optimizers.Adam(1e-2), loss, run_eagerly=True)
    x = images(*labels.shape, 3)
    return [float(model.train_on_batch(x, labels)) for _ in range(steps)]
