"""RoIAlign, PyramidRoIAlign, RoIWarp: arguments, precision, training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg import ops
from kseg.layers import PyramidRoIAlign, RoIAlign, RoIWarp
from tests.reference.regions import odd_boxes, values

BOXES = odd_boxes(10).reshape(2, 5, 4)
STRIDES = (4, 8)
LAYERS = {
    "align": (RoIAlign, {"size": (3, 2), "scale": 0.25, "samples": 1, "chunk": 2}),
    "detectron": (RoIAlign, {"size": 4, "scale": 0.25, "aligned": False}),
    "adaptive": (RoIAlign, {"size": 5, "scale": 0.25, "samples": None}),
    "pyramid": (
        PyramidRoIAlign,
        {"size": (3, 2), "strides": STRIDES, "canonical_size": 60, "rounding": "round"},
    ),
    "warp": (RoIWarp, {"size": (3, 2), "scale": 0.25, "rounded": True}),
}


def inputs(layer, dtype="float32"):
    features = [tf.cast(values(2, 9, 13, 3), dtype)]
    if isinstance(layer, PyramidRoIAlign):
        features.append(tf.cast(values(2, 5, 7, 3, seed=1), dtype))
    return features


def by_op(layer, features):
    """What the layer's operation gives, called by itself."""
    if isinstance(layer, PyramidRoIAlign):
        levels = ops.assign_levels(BOXES, 2, 3, 60, rounding="round") - 2
        assert len(np.unique(levels)) == 2
        return ops.pyramid_roi_align(features, BOXES, levels, STRIDES, layer.size)
    if isinstance(layer, RoIAlign):
        samples, aligned = {
            (3, 2): (1, True),
            (4, 4): (2, False),
            (5, 5): (None, True),
        }[layer.size]
        return ops.roi_align(*features, BOXES, 0.25, layer.size, samples, aligned)
    return ops.roi_warp(*features, BOXES, 0.25, layer.size, rounded=True)


@pytest.mark.parametrize("name", LAYERS)
def test_passes_its_arguments_on_and_keeps_them_in_a_file(name, tmp_path):
    kind, arguments = LAYERS[name]
    layer = kind(**arguments)
    features = inputs(layer)
    expected = by_op(layer, features)
    np.testing.assert_allclose(layer([*features, BOXES]), expected, atol=1e-6)
    given = [keras.Input(x.shape[1:]) for x in (*features, BOXES)]
    y = layer(given)
    assert y.shape == (None, *layer.size, 3)
    keras.Model(given, y).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        loaded([*features, tf.constant(BOXES)]), expected, atol=1e-6
    )


@pytest.mark.parametrize("name", LAYERS)
def test_mixed_precision_leaves_boxes_their_fractions(name):
    kind, arguments = LAYERS[name]
    layer = kind(**arguments, dtype="mixed_bfloat16")
    features = inputs(layer, "bfloat16")
    y = layer([*(tf.cast(x, "float32") for x in features), BOXES])
    assert y.dtype == "bfloat16"
    np.testing.assert_array_equal(y, by_op(layer, features))
    rounded = tf.cast(BOXES, "bfloat16")
    assert np.any(tf.cast(rounded, "float32") != BOXES)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_trains_what_stands_before_it(jit_compile):
    """Keras compiles by XLA unless told otherwise: the form follows by itself."""
    image, boxes = keras.Input((9, 13, 3)), keras.Input((5, 4))
    p2 = keras.layers.Conv2D(4, 3, padding="same")(image)
    p3 = keras.layers.Conv2D(4, 3, strides=2, padding="same")(image)
    pool = PyramidRoIAlign((3, 2), STRIDES, canonical_size=60, rounding="round")
    y = pool([p2, p3, boxes])

    class Squares(keras.Model):
        """Its loss needs no labels, of which Keras expects one for each image."""

        def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
            return keras.ops.mean(y_pred**2)

    model = Squares([image, boxes], y)
    old = model.get_weights()
    model.compile("sgd", jit_compile=jit_compile)
    history = model.fit([values(2, 9, 13, 3), BOXES], epochs=3, verbose=0)
    losses = history.history["loss"]
    assert losses[-1] < losses[0]
    for before, after in zip(old, model.get_weights(), strict=True):
        assert np.any(before != after)


@pytest.mark.parametrize("strides", [(), (4, 4), (4, 16), (3, 6), (8, 4), (0, 1)])
def test_refuses_strides_that_are_no_pyramid(strides):
    with pytest.raises(ValueError, match="powers of 2, each twice.*Received: strides"):
        PyramidRoIAlign(7, strides)


def test_refuses_a_size():
    for kind, arguments in LAYERS.values():
        with pytest.raises(ValueError, match="size must be an int or .*Received: 0"):
            kind(**{**arguments, "size": 0})
