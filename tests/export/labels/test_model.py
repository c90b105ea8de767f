"""Label-map networks: fixed to a size in float32, and other kinds refused."""

import keras
import numpy as np
import pytest

from kseg.errors import ExportError
from kseg.export.labels.model import fixed, write


def test_a_network_of_one_size_is_rebuilt_at_another(valid):
    model, images, _ = valid
    assert fixed(model, None) is model
    larger = fixed(model, (80, 76))
    assert larger.output_shape == (None, 40, 36, 2)
    wide = np.concatenate([images[:1], images[:1, :20]], axis=1).astype("float32")
    np.testing.assert_allclose(
        larger.predict(wide, verbose=0)[:, :20],
        model.predict(wide[:, :60], verbose=0),
        atol=1e-4,
    )


def test_a_network_inside_of_one_in_mixed_precision_becomes_float32():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        image = keras.Input((16, 24, 3), name="image")
        inner = keras.Model(image, keras.layers.Conv2D(2, 3)(image), name="inner")
        model = keras.Model(image, keras.layers.Activation("linear")(inner(image)))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    whole = fixed(model, None)
    assert whole.get_layer("inner").layers[-1].compute_dtype == "float32"
    pixels = np.random.default_rng(0).integers(0, 256, (1, 16, 24, 3))
    found, expected = (m.predict(pixels, verbose=0) for m in (whole, model))
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max()


def test_other_kinds_of_model_are_refused():
    inputs = keras.Input((8, 8, 3))
    flat = keras.Model(inputs, keras.layers.Flatten()(inputs))
    with pytest.raises(ExportError, match="one map of logits"):
        fixed(flat, (8, 8))
    many = keras.Model(inputs, keras.layers.Conv2D(257, 1)(inputs))
    with pytest.raises(ExportError, match="at most 256 classes"):
        fixed(many, (8, 8))


def test_only_the_outputs_asked_for_are_written(same, tmp_path):
    import tensorflow as tf

    model, images, _ = same
    write(fixed(model, (32, 48)), tmp_path, batch=1, outputs=("labels",))
    serve = tf.saved_model.load(str(tmp_path)).signatures["serve"]
    assert serve.inputs[0].shape.as_list() == [1, 32, 48, 3]
    found = serve(image=tf.constant(images[:1]))
    assert list(found) == ["labels"]
    expected = model.predict(images[:1].astype("float32"), verbose=0).argmax(-1)
    np.testing.assert_array_equal(found["labels"], expected)
