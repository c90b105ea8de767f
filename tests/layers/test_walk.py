"""All layers of a model, models inside of it too."""

import keras

from kseg.layers.walk import walk


def test_reaches_models_inside_of_models():
    inputs = keras.Input((4,), name="in")
    inner = keras.Sequential([inputs, keras.layers.ReLU(name="relu")], name="inner")
    middle = keras.Model(inputs, inner(inputs), name="middle")
    last = keras.layers.Dense(1, name="dense")
    outer = keras.Model(inputs, last(middle(inputs)))
    names = [layer.name for layer in walk(outer)]
    assert [n for n in names if n != "in"] == ["middle", "inner", "relu", "dense"]
