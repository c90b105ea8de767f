"""Arrays into a network by name; files are tested with the networks."""

import keras
import numpy as np
import pytest

from kseg.checkpoints.weights import set_arrays, take_weights


def network():
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="fc")], name="tiny"
    )


def test_arrays_are_found_by_layer_and_variable():
    model = network()
    arrays = {
        "fc/kernel": np.arange(6, dtype="float16").reshape(3, 2),
        "fc/bias": np.array([1, -1], "float16"),
        "another/kernel": np.zeros(1),
    }
    set_arrays(model, arrays)
    np.testing.assert_array_equal(model(np.eye(3)), [[1, 0], [3, 2], [5, 4]])
    assert model.get_layer("fc").kernel.dtype == "float32"


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"fc/kernel": np.zeros((3, 2))}, r"fc/bias of shape \(2,\). Received: none"),
        ({"fc/kernel": np.zeros((2, 3))}, r"fc/kernel .*\(3, 2\). Received: \(2, 3\)"),
    ],
)
def test_an_array_that_lacks_or_does_not_fit_is_named(arrays, message):
    with pytest.raises(ValueError, match=message):
        set_arrays(network(), arrays)


def wrapped(classes):
    """A network whose layers are those of a model inside of it."""
    inner = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, name="hidden"),
            keras.layers.Dense(classes, name="score"),
        ]
    )
    inputs = keras.Input((3,))
    return keras.Model(inputs, inner(inputs))


def test_weights_are_taken_from_models_inside_of_models():
    model, other = wrapped(2), wrapped(5)
    lines = take_weights(model, other)
    assert lines[0].startswith("Took the weights of 1 layers")
    assert "score" in lines[1] and len(lines) == 2
    hidden = [network.layers[1].get_layer("hidden") for network in (model, other)]
    for own, theirs in zip(*(layer.get_weights() for layer in hidden), strict=True):
        np.testing.assert_array_equal(own, theirs)
