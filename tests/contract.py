"""One contract per kind: what every op, layer and network must do.

Tests call these with an op, or with a function that builds a layer or network, and add
only what is its own. Whether a semantic network keeps its numbers as a ``.tflite`` is
tested in tests/export, what networks do on JAX in tests/test_jax.py and
tests/models/test_objects_on_jax.py.
"""

import keras
import numpy as np
import tensorflow as tf

from kseg.export import to_tflite
from kseg.models import at_size


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
    model = _in_bfloat16(build)
    dtypes = {layer.compute_dtype for layer in model.layers}
    assert "bfloat16" in dtypes
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    logits = model(images, training=False)
    assert logits.dtype == "float32" and np.isfinite(logits).all()


def check_object_network(build, batch, tmp_path):
    """All that a network of objects promises, on one batch.

    Args:
        build: Function without arguments to the network, an ``ObjectNetwork``.
        batch: Images (B, H, W, C) uint8 with H and W different, and their truth, as
            ``fit`` takes them.
        tmp_path: An empty folder.
    """
    keras.utils.set_random_seed(0)
    model, (images, truth) = build(), batch
    assert images.shape[1] != images.shape[2]
    check_detections(model, images)
    check_object_fit(model, images, truth)
    assert model.predict(images, verbose=0)["count"].max() > 0
    _same_after_saving(model, images, tmp_path)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model) and loaded.optimizer.iterations == 1
    check_saved_objects(model, images, tmp_path)
    check_object_tflite(model, images, tmp_path)
    check_at_size(model, images)
    check_object_mixed_precision(build, images, truth)


def check_detections(model, images):
    """Symbolic and eager shapes; uint8 and float32; what lies behind the count is 0."""
    symbolic = model.compute_output_spec(keras.KerasTensor(images.shape, "float32"))
    detections = model.predict(images, verbose=0)
    eager = model(images.astype("float32"), training=False)
    batch, most, side = (*detections["boxes"].shape[:2], detections["masks"].shape[-1])
    shapes = {"boxes": (most, 4), "scores": (most,), "classes": (most,)}
    shapes |= {"masks": (most, side, side), "count": ()}
    assert set(detections) == set(shapes) == set(symbolic)
    for name, shape in shapes.items():
        dtype = "int32" if name in ("classes", "count") else "float32"
        assert detections[name].shape == symbolic[name].shape == (batch, *shape)
        assert detections[name].dtype == symbolic[name].dtype == dtype
        np.testing.assert_allclose(eager[name], detections[name], rtol=1e-4, atol=1e-3)
    assert np.ptp(detections["scores"], axis=0).max() > 0, (
        "the network ignores its input"
    )
    for place, count in enumerate(detections["count"]):
        assert (detections["classes"][place, :count] > 0).all()
        assert (np.diff(detections["scores"][place, :count]) <= 0).all()
        for name in ("boxes", "scores", "classes", "masks"):
            assert not detections[name][place, count:].any()


def check_object_fit(model, images, truth):
    """One step of ``fit`` lowers the loss, whose terms are in the logs."""

    def loss():
        outputs = model.trunk(images.astype("float32"), training=True)
        terms = model.terms(outputs, truth, seed=0, training=True)
        return float(sum(terms[name] for name in model.TERMS))

    before = loss()
    model.compile(keras.optimizers.SGD(1e-2))
    data = dict(batch_size=len(images), validation_data=(images, truth))
    logs = model.fit(images, truth, verbose=0, **data).history
    terms = {"loss", *model.TERMS}
    assert set(logs) == terms | {f"val_{name}" for name in terms}
    assert all(np.isfinite(values).all() for values in logs.values())
    after = loss()
    assert after < before, f"one step took the loss from {before} to {after}"


def check_saved_objects(model, images, tmp_path):
    """The SavedModel that Keras writes gives the same detections."""
    model.export(str(tmp_path / "saved_model"), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved_model"))
    served = loaded.serve(images.astype("float32"))
    for name, expected in model.predict(images, verbose=0).items():
        np.testing.assert_allclose(served[name], expected, rtol=1e-4, atol=1e-3)


def check_object_tflite(model, images, tmp_path):
    """A file of builtin operators finds what Keras finds, to float32's rounding."""
    report = to_tflite(model, tmp_path / "net.tflite", check=(list(images), None))
    parity = report.parity
    assert parity.matched == parity.detections == parity.keras_detections > 0
    assert parity.box_error < 1e-2 and parity.mask_error < 1e-3


def check_at_size(model, images):
    """Turned on its side it reaches to its longer side; turned back it is the same."""
    size = images.shape[1:3]
    turned = at_size(model, size[::-1])
    assert type(turned) is type(model) and turned.input_shape[1:3] == size[::-1]
    back, expected = at_size(turned, size), model.predict(images, verbose=0)
    for name, value in back.predict(images, verbose=0).items():
        np.testing.assert_array_equal(value, expected[name])
    pixels = _pixels((16, *size[::-1], images.shape[-1]), "uint8")
    boxes = turned.predict(pixels, verbose=0)["boxes"]
    assert boxes.shape == (16, *expected["boxes"].shape[1:])
    assert (boxes <= np.tile(size[::-1], 2)).all() and (boxes >= 0).all()
    longer = np.argmax(size[::-1])
    assert boxes[..., 2 + longer].max() > size[longer]


def check_object_mixed_precision(build, images, truth):
    """Inner layers compute in bfloat16; weights and detections stay float32."""
    model = _in_bfloat16(build)
    dtypes = {layer.compute_dtype for layer in model.trunk.layers}
    assert "bfloat16" in dtypes
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    model.compile(keras.optimizers.SGD(1e-2), run_eagerly=True)
    assert np.isfinite(model.train_on_batch(images, truth)).all()
    detections = model(images, training=False)
    for name in ("boxes", "scores", "masks"):
        assert (
            detections[name].dtype == "float32" and np.isfinite(detections[name]).all()
        )


def _in_bfloat16(build):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)


def _same_after_saving(model, images, tmp_path):
    """A ``.keras`` file loads without ``custom_objects`` and predicts the same."""
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    expected = model(images, training=False)
    keras.tree.map_structure(
        np.testing.assert_array_equal, loaded(images, training=False), expected
    )


def _pixels(shape, dtype):
    return np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
