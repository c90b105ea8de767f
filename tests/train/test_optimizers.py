"""CaffeSGD against Caffe's update, by hand, against a mean loss; what AdamW spares."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kseg.losses import CrossEntropy
from kseg.train.optimizers import AdamW, CaffeSGD
from tests.reference.fcn import caffe_sgd

RNG = np.random.default_rng(0)
NAMES = ("kernel", "bias", "gamma", "beta")
SHAPES = ((3, 2), (2,), (2,), (2,))


def variables():
    rng = np.random.default_rng(1)
    return [
        keras.Variable(rng.normal(size=shape), dtype="float32", name=name)
        for name, shape in zip(NAMES, SHAPES, strict=True)
    ]


def values(weights):
    return [keras.ops.convert_to_numpy(w).copy() for w in weights]


def test_equals_caffe_while_the_rate_changes():
    rates = [0.1, 0.1, 0.01, 0.5, 0.02]
    gradients = [[RNG.normal(size=s) for s in SHAPES] for _ in rates]
    weights = variables()
    start = values(weights)
    optimizer = CaffeSGD(0.1, momentum=0.9, weight_decay=0.3)
    for rate, step in zip(rates, gradients, strict=True):
        optimizer.learning_rate = rate
        optimizer.apply([tf.constant(g, "float32") for g in step], weights)
    multipliers = [(1, 1), (2, 0), (1, 1), (1, 0)]
    expected = caffe_sgd(start, gradients, rates, 0.9, 0.3, multipliers)
    for found, wanted in zip(values(weights), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_example_of_the_docstring():
    weights = [keras.Variable(1.0, name="kernel"), keras.Variable(1.0, name="bias")]
    CaffeSGD(0.1, 0.0, 0.5).apply([tf.constant(3.0), tf.constant(3.0)], weights)
    np.testing.assert_allclose(values(weights), [0.65, 0.4], rtol=1e-6)


def test_without_decay_and_multiplier_it_is_the_sgd_of_keras():
    ours, theirs = variables(), variables()
    pairs = (
        (CaffeSGD(0.1, 0.9, weight_decay=0.0, bias_multiplier=1.0), ours),
        (keras.optimizers.SGD(0.1, 0.9), theirs),
    )
    for _ in range(3):
        gradients = [tf.constant(RNG.normal(size=s), "float32") for s in SHAPES]
        for optimizer, weights in pairs:
            optimizer.apply(gradients, weights)
    for a, b in zip(values(ours), values(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def network():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, keras.layers.Conv2D(4, 1)(inputs))


def batch():
    rng = np.random.default_rng(2)
    images = rng.normal(size=(1, 5, 7, 3)).astype("float32")
    labels = rng.integers(0, 4, (1, 5, 7))
    labels[0, 0, :5] = 255
    return images, labels


def trained(optimizer, reduction):
    model = network()
    loss = CrossEntropy(reduction=reduction)
    model.compile(optimizer, loss, jit_compile=False, run_eagerly=True)
    for _ in range(4):
        model.train_on_batch(*batch())
    return model


def test_a_summed_loss_is_a_mean_trained_n_times_as_fast():
    """30 of 35 pixels count; the decay belongs to the loss, and shrinks with it."""
    summed = trained(CaffeSGD(1e-3, 0.9, weight_decay=0.6), "sum")
    mean = trained(CaffeSGD(30e-3, 0.9, weight_decay=0.6 / 30), "sum_over_batch_size")
    for a, b in zip(summed.get_weights(), mean.get_weights(), strict=True):
        assert np.abs(a).max() > 0.01
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_goes_on_from_a_file(tmp_path):
    model = trained(CaffeSGD(0.02, 0.5, 0.1, 3.0), "sum_over_batch_size")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    assert loaded.optimizer.get_config()["weight_decay"] == 0.1
    before = model.get_weights()[0]
    for each in (model, loaded):
        each.train_on_batch(*batch())
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert np.abs(model.get_weights()[0] - before).max() > 1e-4


def test_takes_a_schedule():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1], [1.0, 0.0])
    weight = keras.Variable(0.0, name="kernel")
    optimizer = CaffeSGD(schedule, momentum=0.5, weight_decay=0.0)
    found = []
    for _ in range(4):
        optimizer.apply([tf.constant(-1.0)], [weight])
        found.append(float(weight.numpy()))
    # Two steps at rate 1, then none: what is in v still runs out.
    np.testing.assert_allclose(found, [1, 2.5, 3.25, 3.625])


@pytest.mark.parametrize(
    "kwargs, message",
    [
        ({"momentum": 1.0}, r"in \[0, 1\). Received: momentum=1.0"),
        ({"momentum": -0.1}, "Received: momentum=-0.1"),
        ({"weight_decay": -1e-4}, "of at least 0. Received: weight_decay=-0.0001"),
        ({"bias_multiplier": float("nan")}, "Received: bias_multiplier=nan"),
    ],
)
def test_refuses(kwargs, message):
    with pytest.raises(ValueError, match=message):
        CaffeSGD(0.1, **kwargs)


def test_adamw_spares_what_it_is_told_also_from_its_config():
    """Without gradients, at a rate r, a variable that decays loses the share r d."""
    first = AdamW(0.5, weight_decay=0.1, spare=("bias", "gamma"))
    for optimizer in (first, AdamW.from_config(first.get_config())):
        weights = [keras.Variable(np.ones(2), name=name) for name in NAMES]
        optimizer.apply([keras.ops.zeros(2) for _ in NAMES], weights)
        shares = [float(weight[0]) for weight in weights]
        np.testing.assert_allclose(shares, [0.95, 1, 1, 0.95], rtol=1e-6)


def test_adamw_goes_on_from_a_file(tmp_path):
    model = trained(AdamW(0.02, 0.5, spare=("bias",)), "sum_over_batch_size")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    for each in (model, loaded):
        each.train_on_batch(*batch())
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
