"""Small FCNs, for the tests of this folder."""

import keras
import numpy as np


def unallocated(build, *args, **kwargs):
    """A network whose variables have a shape and no memory."""
    with keras.StatelessScope(initialize_variables=False):
        return build(*args, **kwargs)


def without_dropout(model):
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model


def tiny(build, input_shape=(None, None, 3), **kwargs):
    """A network without dropout, every weight of which is drawn anew."""
    model = without_dropout(build(3, input_shape, **kwargs))
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and not layer.name.startswith("up"):
            # Mostly positive kernels, of sum 1 or so, keep every ReLU alive.
            shapes = [w.shape for w in layer.weights]
            scale = 3 / np.prod(shapes[0][:3])
            layer.set_weights([scale * rng.uniform(-0.4, 1, s) for s in shapes])
    return model


def run(model, x):
    return keras.ops.convert_to_numpy(model(x, training=False))


def little_backbone():
    """Five convolutions of stride 2, as a model."""
    x = image = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 255)(x)
    maps = {}
    for level in range(1, 6):
        x = keras.layers.Conv2D(2 + level, 3, 2, padding="same", activation="relu")(x)
        maps[f"c{level}"] = x
    return keras.Model(image, maps, name="little")
