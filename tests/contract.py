"""One contract per kind: what every op, layer and semantic network must do.

Tests call these with an op, or with a function that builds a layer or network, and add
only what is its own. Whether a network keeps its numbers as a ``.tflite`` is tested in
tests/export.
"""

import keras
import numpy as np
import tensorflow as tf


def check_layer(build, input_shape, output_shape, tmp_path, dtype="float32"):
    """Shapes symbolic and eager, config, file round trip, mixed precision.

    Args:
        build: Function of keyword arguments for ``keras.layers.Layer`` to the layer.
        input_shape: With the batch; height and width different.
        output_shape: What is expected for it.
        tmp_path: An empty folder.
        dtype: Of the input.
    """
    x = _pixels(input_shape, dtype)
    layer = build()
    y = layer(x)
    assert tuple(y.shape) == tuple(output_shape)
    assert tuple(layer.compute_output_shape(input_shape)) == tuple(output_shape)
    open_shape = (None, None, None, input_shape[-1])
    symbolic = build()(keras.KerasTensor(open_shape, dtype))
    assert symbolic.shape == (None, None, None, output_shape[-1])

    copy = type(layer).from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()

    inputs = keras.Input(input_shape[1:], dtype=dtype)
    model = keras.Model(inputs, layer(inputs))
    _same_after_saving(model, x, tmp_path)

    half = build(dtype="mixed_bfloat16")
    assert half(x.astype("float32")).dtype == "bfloat16"
    assert all(v.dtype == "float32" for v in half.trainable_variables)


def check_linear_gradient(op):
    """The gradient of a linear op of one tensor: differences over a step of 1.

    They are exact but for the rounding.
    """
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 2, 3, 2)))
    analytic, numeric = tf.test.compute_gradient(op, [x], delta=1.0)
    assert np.ptp(numeric[0]) > 0.5
    np.testing.assert_allclose(analytic[0], numeric[0], atol=1e-6)


def check_rounded_once(op):
    """In bfloat16 an op of one tensor computes in float32 and rounds at the end."""
    x = tf.constant(np.random.default_rng(0).normal(size=(1, 3, 4, 2)))
    x = tf.cast(x, "bfloat16")
    y = op(x)
    assert y.dtype == "bfloat16"
    expected = tf.cast(op(tf.cast(x, "float32")), "bfloat16")
    np.testing.assert_array_equal(tf.cast(y, "float32"), tf.cast(expected, "float32"))


def check_semantic_model(build, image_shape, output_shape, tmp_path):
    """All that a semantic network promises, on one image shape.

    Args:
        build: Function without arguments to a network without dropout.
        image_shape: (B, H, W, C) with H and W different.
        output_shape: (B, H', W', K) that it must give.
        tmp_path: An empty folder.
    """
    keras.utils.set_random_seed(0)
    model = build()
    images = _pixels(image_shape, "uint8")
    check_shapes(model, images, output_shape)
    _same_after_saving(model, images, tmp_path)
    check_saved_model(model, images, tmp_path)
    check_fit_lowers_the_loss(model, images)
    check_mixed_precision(build, images)


def check_shapes(model, images, output_shape):
    """Symbolic shape, eager shape, and the same numbers for uint8 and float32."""
    symbolic = model(keras.KerasTensor(images.shape, "float32"))
    assert tuple(symbolic.shape) == tuple(output_shape)
    logits = model.predict(images, verbose=0)
    assert logits.shape == tuple(output_shape) and logits.dtype == np.float32
    assert np.ptp(logits) > 0, "the network ignores its input"
    eager = model(images.astype("float32"), training=False)
    np.testing.assert_allclose(eager, logits, rtol=1e-4, atol=1e-4)


def check_saved_model(model, images, tmp_path):
    """The SavedModel that Keras writes gives the same logits."""
    model.export(str(tmp_path / "saved_model"), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved_model"))
    served = loaded.serve(images.astype("float32"))
    expected = model(images, training=False)
    np.testing.assert_allclose(served, expected, rtol=1e-4, atol=1e-4)


def check_fit_lowers_the_loss(model, images):
    """One step of plain gradient descent on one batch, in training mode."""
    logits = model(images, training=True)
    labels = np.random.default_rng(1).integers(0, logits.shape[-1], logits.shape[:3])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    before = float(loss(labels, logits))
    model.compile(keras.optimizers.SGD(1e-2), loss, jit_compile=False)
    model.fit(images, labels, batch_size=len(images), verbose=0)
    after = float(loss(labels, model(images, training=True)))
    assert after < before, f"one step took the loss from {before} to {after}"


def check_mixed_precision(build, images):
    """Inner layers compute in bfloat16; weights and logits stay float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build()
    finally:
        keras.config.set_dtype_policy(before)
    dtypes = {layer.compute_dtype for layer in model.layers}
    assert "bfloat16" in dtypes
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    logits = model(images, training=False)
    assert logits.dtype == "float32" and np.isfinite(logits).all()


def _same_after_saving(model, images, tmp_path):
    """A ``.keras`` file loads without ``custom_objects`` and predicts the same."""
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    expected = model(images, training=False)
    np.testing.assert_array_equal(loaded(images, training=False), expected)


def _pixels(shape, dtype):
    return np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
