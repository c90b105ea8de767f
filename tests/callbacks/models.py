"""The smallest model that has a weight."""

import keras
import numpy as np


def one_weight(value=0.0):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    model.set_weights([np.full((1, 1), value, "float32")])
    return model
