"""A full pass for batch norms, against NumPy."""

import keras
import numpy as np
import pytest

from kseg.layers import BatchNorm
from kseg.models import SegNetBasic
from kseg.train import recompute_batch_norm
from tests.reference.segnet import batch_norm_statistics as reference

RNG = np.random.default_rng(0)
NORMS = pytest.mark.parametrize("norm", [BatchNorm, keras.layers.BatchNormalization])


def batches(count=3):
    """Of two sizes: B, H and W of one are those of no other."""
    sizes = ((2, 3, 5), (1, 4, 3))
    return [
        RNG.normal(n, 1 + n, (*sizes[n % 2], 2)).astype("float32") for n in range(count)
    ]


def one_norm(norm):
    inputs = keras.Input((None, None, 2))
    return keras.Model(inputs, norm(name="norm")(inputs))


def two_norms(norm, **kwargs):
    x = inputs = keras.Input((None, None, 2))
    x = norm(name="first", **kwargs)(x)
    x = keras.layers.Conv2D(3, 1, name="conv")(x)
    x = keras.layers.ReLU()(x)
    return keras.Model(inputs, norm(name="second")(x))


@NORMS
def test_equals_the_oracle(norm):
    model = one_norm(norm)
    given = batches()
    assert recompute_batch_norm(model, given) == 3
    mean, variance = reference(given)
    layer = model.get_layer("norm")
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)


def test_by_hand():
    """Means 2 and 5; unbiased variances 2 and 18."""
    model = one_norm(BatchNorm)
    given = [
        np.array([1, 3], "float32").reshape(1, 1, 2, 1).repeat(2, -1),
        np.array([2, 8], "float32").reshape(2, 1, 1, 1).repeat(2, -1),
    ]
    recompute_batch_norm(model, given)
    gamma, beta, mean, variance = model.get_layer("norm").get_weights()
    assert (gamma.tolist(), beta.tolist()) == ([1, 1], [0, 0])
    np.testing.assert_allclose(mean, [3.5, 3.5], rtol=1e-6)
    np.testing.assert_allclose(variance, [10, 10], rtol=1e-5)


@NORMS
def test_a_second_norm_sees_what_the_first_makes_of_each_batch(norm):
    model = two_norms(norm, epsilon=1e-2)
    given = batches()
    recompute_batch_norm(model, given)
    kernel, bias = (np.asarray(w) for w in model.get_layer("conv").get_weights())
    seen = []
    for x in given:
        x = (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-2)
        seen.append(np.maximum(x @ kernel[0, 0] + bias, 0))
    mean, variance = reference(seen)
    layer = model.get_layer("second")
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-4)


def test_takes_what_fit_takes_and_leaves_the_rest_alone():
    model = two_norms(BatchNorm, momentum=0.9)
    before = [w.numpy() for w in model.trainable_variables]
    given = batches(2)
    expected = keras.models.clone_model(model)
    expected.set_weights(model.get_weights())
    recompute_batch_norm(expected, given)
    recompute_batch_norm(model, ((x, np.zeros(len(x))) for x in given))
    for a, b in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(model.trainable_variables, before, strict=True):
        np.testing.assert_array_equal(a, b)
    # And it trains as before.
    model(given[0], training=True)
    mean = np.asarray(model.get_layer("first").moving_mean)
    batch = given[0].mean((0, 1, 2))
    kept = np.asarray(expected.get_layer("first").moving_mean)
    np.testing.assert_allclose(mean, 0.9 * kept + 0.1 * batch, rtol=1e-4, atol=1e-5)


def test_a_frozen_norm_keeps_its_statistics():
    model = two_norms(BatchNorm)
    model.get_layer("first").trainable = False
    recompute_batch_norm(model, batches())
    assert np.all(np.asarray(model.get_layer("first").moving_mean) == 0)
    assert np.any(np.asarray(model.get_layer("second").moving_mean) != 0)


def test_one_batch_of_segnet_basic_then_gives_what_training_gave():
    """Batch statistics and moving ones then differ by m/(m - 1) alone."""
    model = SegNetBasic(3, (32, 48, 3), filters=2)
    x = RNG.integers(0, 256, (2, 32, 48, 3)).astype("float32")
    training = np.asarray(model(x, training=True))
    recompute_batch_norm(model, [x])
    found = np.asarray(model(x, training=False))
    apart = np.sqrt(np.mean((found - training) ** 2)) / np.std(training)
    assert apart < 0.1


@pytest.mark.parametrize("given", [[], [np.zeros((1, 1, 1, 2), "float32")]])
def test_what_fails_changes_nothing(given):
    model = two_norms(BatchNorm)
    recompute_batch_norm(model, batches())
    before = model.get_weights()
    given = [*batches()[: len(given)], *given]
    with pytest.raises(ValueError, match="Received: (none|maps of shape)"):
        recompute_batch_norm(model, iter(given))
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert "call" not in vars(model.get_layer("second"))


@NORMS
def test_a_norm_of_a_model_inside(norm):
    inputs = keras.Input((None, None, 2))
    x = keras.layers.Rescaling(2.0)(inputs)
    inner, given = one_norm(norm), batches()
    recompute_batch_norm(keras.Model(inputs, inner(x)), given)
    mean, variance = reference([2 * x for x in given])
    layer = inner.get_layer("norm")
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)


def test_a_norm_that_is_called_twice_averages_over_its_calls():
    inputs = keras.Input((None, None, 2))
    norm = BatchNorm(name="norm")
    x = keras.layers.Rescaling(3.0, offset=1.0)(inputs)
    both = keras.layers.Add()([norm(inputs), norm(x)])
    given = batches()
    assert recompute_batch_norm(keras.Model(inputs, both), given) == 3
    mean, variance = reference([y for x in given for y in (x, 3 * x + 1)])
    np.testing.assert_allclose(norm.moving_mean, mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(norm.moving_variance, variance, rtol=1e-5)


def test_refuses_a_network_without_norms():
    inputs = keras.Input((4, 4, 2), name="image")
    plain = keras.Model(inputs, keras.layers.ReLU()(inputs), name="plain")
    with pytest.raises(ValueError, match="Received: plain, which has none"):
        recompute_batch_norm(plain, batches())
