"""Monte-Carlo dropout: moments against NumPy, and the way through a Predictor."""

import keras
import numpy as np
import pytest

import kseg
from kseg.predict import from_model
from kseg.predict.labels.monte_carlo import mean_and_uncertainty, moments
from kseg.predict.labels.tta import probabilities_of

METADATA = {
    "input": {"size": [16, 24], "channels": 1},
    "classes": ["a", "b", "c"],
    "tiling": {"margin": 0, "stride": 1},
}
IMAGE = np.random.default_rng(0).integers(0, 256, (16, 24, 1)).astype("uint8")


def network(rate=0.5, size=(None, None)):
    """Three logits a pixel, each dropped on its own."""
    inputs = keras.Input((*size, 1))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(3, 1, bias_initializer="ones")(x)
    return keras.Model(inputs, keras.layers.Dropout(rate)(x))


def predictor(**kwargs):
    keras.utils.set_random_seed(1)
    return from_model(network(**kwargs), METADATA)


def given(logits):
    """A network that gives each of these in turn."""
    samples = iter(logits)
    return lambda tiles: next(samples)


@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (1, 1, 1, 2), (0, 2, 3, 4)])
def test_moments_equal_numpys(shape):
    logits = np.random.default_rng(0).normal(0, 3, (7, *shape)).astype("float32")
    mean, variance = moments(given(logits), None, shape[-1], 7)
    samples = probabilities_of(logits, shape[-1]).astype("float64")
    assert mean.dtype == variance.dtype == np.float32
    np.testing.assert_allclose(mean, samples.mean(0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(variance, samples.var(0), rtol=1e-4, atol=1e-7)


def test_by_hand():
    """Probabilities 1, 0 then 0, 1: mean 1/2, variance 1/4 for each class."""
    logits = np.array([[[[[99, -99]]]], [[[[-99, 99]]]]], "float32")
    both = mean_and_uncertainty(given(logits), None, 2, 2)
    np.testing.assert_allclose(both, [[[[0.5, 0.5, 0.25]]]], atol=1e-6)


def test_equal_samples_have_no_variance():
    logits = np.random.default_rng(0).normal(size=(1, 4, 5, 3)).astype("float32")
    mean, variance = moments(lambda tiles: logits, None, 3, 20)
    np.testing.assert_allclose(mean, probabilities_of(logits, 3), rtol=1e-6)
    assert variance.max() < 1e-12


def test_a_small_rate_gives_a_small_uncertainty():
    rarely, often = (
        predictor(rate=rate).predict(IMAGE, samples=30).uncertainty.mean()
        for rate in (0.01, 0.5)
    )
    assert 0 < rarely < often / 5


def test_the_mean_converges():
    """Two sets of 200 samples are closer to each other than two of 5."""
    trained = predictor()

    def apart(samples):
        a, b = (
            trained.predict(IMAGE, samples=samples, seed=s, probabilities=True)
            for s in (1, 2)
        )
        return np.abs(a.probabilities - b.probabilities).mean()

    assert apart(200) < apart(5) / 3


def test_the_result():
    trained = predictor()
    result = trained.predict(IMAGE, samples=5, probabilities=True)
    assert result.uncertainty.shape == (16, 24)
    assert result.uncertainty.dtype == np.float32
    assert result.probabilities.shape == (16, 24, 3)
    np.testing.assert_allclose(result.probabilities.sum(-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(result.labels, result.probabilities.argmax(-1))
    assert 0 < result.uncertainty.max() <= 0.25
    again = trained.predict(IMAGE, samples=5, probabilities=True)
    np.testing.assert_array_equal(again.uncertainty, result.uncertainty)
    other = trained.predict(IMAGE, samples=5, seed=1)
    assert np.any(other.uncertainty != result.uncertainty)
    assert other.probabilities is None
    assert trained.predict(IMAGE).uncertainty is None


def test_a_large_image_is_sampled_in_tiles():
    image = np.random.default_rng(1).integers(0, 256, (50, 41, 1)).astype("uint8")
    trained = predictor()
    result = trained.predict(image, samples=40, probabilities=True)
    assert result.uncertainty.shape == (50, 41)
    assert result.uncertainty.min() > 0
    whole = trained.predict(image, samples=40, tile=(50, 41), probabilities=True)
    assert np.abs(whole.probabilities - result.probabilities).mean() < 0.1
    assert abs(whole.uncertainty.mean() / result.uncertainty.mean() - 1) < 0.1


def test_samples_leave_prediction_as_it_was():
    trained = predictor()
    before = trained.predict(IMAGE, probabilities=True)
    trained.predict(IMAGE, samples=2)
    after = trained.predict(IMAGE, probabilities=True)
    np.testing.assert_array_equal(after.probabilities, before.probabilities)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"samples": 1}, "Received: samples=1"),
        ({"samples": 5, "tta": True}, "Received: samples=5, tta=True"),
        ({"samples": 5, "seed": -1}, "Received: seed=-1"),
    ],
)
def test_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        predictor().predict(IMAGE, **options)


def test_a_network_without_dropout_is_told_what_to_do():
    with pytest.raises(ValueError, match="Train it with dropout"):
        predictor(rate=0.0).predict(IMAGE, samples=5)


def test_a_bundle_has_no_dropout(label_bundle, golden):
    with pytest.raises(ValueError, match="Received: a bundle, which has none"):
        kseg.load(label_bundle).predict(golden[0], samples=5)
