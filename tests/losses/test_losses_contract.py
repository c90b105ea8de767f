"""What every loss must do inside Keras: fit, save, mixed precision, gradients."""

import doctest
import importlib

import keras
import numpy as np
import pytest
import tensorflow as tf

import kseg.losses
from kseg.losses import CrossEntropy, Dice, Focal, Lovasz, Sum, Tversky

# Every argument away from its default, so that the round trip shows what it drops.
LOSSES = [
    CrossEntropy([0.5, 1.0, 2.0], ignore_label=254, name="ce"),
    Focal(1.5, [0.5, 1.0, 2.0], ignore_label=None, reduction="sum", name="f"),
    Dice(0.5, "all", True, 254, "mean_with_sample_weight", "d"),
    Tversky(0.4, 0.6, 2.0, [0, 2], True, 254, "sum", "t"),
    Lovasz([1, 2], True, 254, "sum", "l"),
    Sum([CrossEntropy(), Lovasz()], [0.3, 0.7], name="s"),
]
DEFAULTS = [CrossEntropy(), Focal(), Dice(), Tversky(), Lovasz(), LOSSES[-1]]
names = pytest.mark.parametrize("loss", LOSSES, ids=lambda x: type(x).__name__)
defaults = pytest.mark.parametrize("loss", DEFAULTS, ids=lambda x: type(x).__name__)


def data(ignored=255):
    """6 uint8 images of 5x7 in which the gray value tells the class."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (6, 5, 7)).astype("uint8")
    images = (labels[..., None] * 100 + 20).astype("uint8")
    if ignored is not None:
        labels[:, 0, :3] = ignored
    weights = rng.uniform(0.5, 2.0, labels.shape).astype("float32")
    return images, labels, weights


def tiny_model():
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 1))
    x = keras.layers.Rescaling(1 / 50, -2.0)(image)
    x = keras.layers.Conv2D(8, 1, activation="tanh")(x)
    return keras.Model(image, keras.layers.Conv2D(3, 1, dtype="float32")(x))


@names
def test_learns_in_fit_with_uint8_labels_and_pixel_weights_and_is_saved(loss, tmp_path):
    ignored = getattr(loss, "ignore_label", 255)
    images, labels, weights = data(ignored)
    model = tiny_model()
    model.compile(keras.optimizers.Adam(0.05), loss)
    pipeline = tf.data.Dataset.from_tensor_slices((images, labels, weights)).batch(3)
    history = model.fit(pipeline, epochs=4, shuffle=False, verbose=0).history["loss"]
    assert np.isfinite(history).all() and history[-1] < 0.9 * history[0]

    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.loss) is type(loss)
    assert again.loss.get_config() == loss.get_config()
    scores = [m.evaluate(pipeline, verbose=0) for m in (model, again)]
    assert scores[0] == pytest.approx(scores[1], rel=1e-6)


def test_losses_compile_under_xla(batch):
    """One compilation for all, with the gradient."""
    loss = Sum(DEFAULTS[:-1])

    def step(logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(batch.labels, logits, batch.weights)
        return value, tape.gradient(value, logits)

    logits = tf.constant(batch.logits, "float32")
    value, gradient = step(logits)
    compiled, compiled_gradient = tf.function(step, jit_compile=True)(logits)
    assert float(compiled) == pytest.approx(float(value), rel=1e-5)
    np.testing.assert_allclose(compiled_gradient, gradient, rtol=1e-3, atol=1e-6)


@defaults
def test_unknown_sizes_in_a_graph_give_the_same(loss, batch):
    signature = [
        tf.TensorSpec((None, None, None), tf.uint8),
        tf.TensorSpec((None, None, None, 4), tf.float32),
    ]
    logits = batch.logits.astype("float32")
    in_graph = tf.function(loss, input_signature=signature)(batch.labels, logits)
    assert float(in_graph) == pytest.approx(float(loss(batch.labels, logits)), rel=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@defaults
def test_half_precision_logits_are_computed_in_float32(loss, dtype, batch):
    logits = keras.ops.cast(batch.logits, dtype)
    value = loss(batch.labels, logits)
    assert keras.backend.standardize_dtype(value.dtype) == "float32"
    exact = loss(batch.labels, keras.ops.cast(logits, "float32"))
    assert float(value) == float(exact)


def test_fits_under_a_mixed_policy():
    images, labels, weights = data()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        inputs = keras.Input((5, 7, 1))
        outputs = keras.layers.Conv2D(3, 1)(keras.layers.Rescaling(0.01)(inputs))
        model = keras.Model(inputs, outputs)
        model.compile("sgd", Sum(DEFAULTS[:-1]))
        assert outputs.dtype == "float16"
        history = model.fit(images, labels, sample_weight=weights, verbose=0)
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history.history["loss"][0])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "function",
    [
        kseg.losses.cross_entropy,
        kseg.losses.focal,
        lambda *a: kseg.losses.focal(*a, gamma=0.5, class_weights=[1, 2, 3, 4]),
        kseg.losses.dice,
        lambda *a: kseg.losses.dice(*a, classes="all", per_image=True),
        kseg.losses.tversky,
        kseg.losses.lovasz,
        lambda *a: kseg.losses.lovasz(*a, classes="all", per_image=True),
    ],
)
def test_gradients_in_float64(function, weighted, batch):
    weights = [batch.weights] if weighted else []

    @tf.function
    def total(logits):
        return tf.reduce_sum(function(batch.labels, logits, *weights))

    logits = tf.constant(batch.logits)
    exact, numeric = tf.test.compute_gradient(total, [logits], delta=1e-6)
    np.testing.assert_allclose(exact[0], numeric[0], rtol=1e-5, atol=1e-8)
    assert np.abs(exact[0]).max() > 1e-3
    ignored = np.repeat((batch.labels == 255).ravel(), 4)
    assert (exact[0].ravel()[ignored] == 0).all()


@defaults
def test_everything_ignored_has_gradient_0(loss, batch):
    logits = tf.constant(batch.logits, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = loss(np.full_like(batch.labels, 255), logits)
    assert float(value) == 0.0
    assert np.abs(tape.gradient(value, logits)).max() == 0.0


@pytest.mark.parametrize(
    "module", ["pixelwise", "overlap", "jaccard", "combined", "balancing"]
)
def test_examples_in_docstrings(module):
    result = doctest.testmod(importlib.import_module(f"kseg.losses.{module}"))
    assert result.attempted > 0 and result.failed == 0
