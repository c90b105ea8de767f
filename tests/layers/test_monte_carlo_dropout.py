"""MonteCarloDropout: dropout acts, batch norms do not; seeds; files."""

import keras
import numpy as np
import pytest

from kseg.layers import BatchNorm, MonteCarloDropout

IMAGES = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype("float32")


def network(rate=0.5, norm=BatchNorm):
    """Batch norm and dropout, of known statistics."""
    x = inputs = keras.Input((4, 6, 3))
    x = norm(name="norm")(x)
    model = keras.Model(inputs, keras.layers.Dropout(rate, name="drop")(x))
    model.get_layer("norm").moving_mean.assign([1.0, 2.0, 3.0])
    return model


def nested():
    inputs = keras.Input((4, 6, 3))
    return keras.Model(inputs, network()(inputs))


@pytest.mark.parametrize("norm", [BatchNorm, keras.layers.BatchNormalization])
def test_drops_half_of_what_inference_gives(norm):
    model = network(norm=norm)
    before = [np.array(w) for w in model.get_layer("norm").get_weights()]
    sample = np.asarray(MonteCarloDropout(model)(IMAGES))
    kept = sample != 0
    assert 0.3 < kept.mean() < 0.7
    # Keras scales what it keeps; the norm has its moving statistics, not the batch's.
    inference = np.asarray(model(IMAGES, training=False))
    np.testing.assert_allclose(sample[kept], 2 * inference[kept], rtol=1e-5)
    for a, b in zip(model.get_layer("norm").get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_training_goes_on_as_before():
    model = network()
    layer = MonteCarloDropout(model)
    layer(IMAGES)
    norm = model.get_layer("norm")
    assert norm.trainable
    model(IMAGES, training=True)
    assert not np.allclose(norm.moving_mean, [1.0, 2.0, 3.0])


def test_a_frozen_batch_norm_stays_frozen():
    model = network()
    model.get_layer("norm").trainable = False
    MonteCarloDropout(model)(IMAGES)
    assert not model.get_layer("norm").trainable


@pytest.mark.parametrize("build", [network, nested])
def test_the_same_seed_gives_the_same_samples(build):
    layer = MonteCarloDropout(build())

    def draw(seed):
        with layer.seeded(seed):
            return [np.asarray(layer(IMAGES)) for _ in range(2)]

    first, again, other = draw(7), draw(7), draw(8)
    np.testing.assert_array_equal(first, again)
    assert np.any(first[0] != first[1])
    assert np.any(first[0] != other[0])


def test_seeding_leaves_no_trace():
    model = network()
    state = model.get_layer("drop").seed_generator.state
    before = keras.ops.convert_to_numpy(state)
    layer = MonteCarloDropout(model)
    with layer.seeded(3):
        layer(IMAGES)
        assert np.any(keras.ops.convert_to_numpy(state) != before)
    np.testing.assert_array_equal(state, before)


def test_two_dropouts_draw_differently():
    inputs = keras.Input((4, 6, 3))
    drops = [keras.layers.Dropout(0.5)(inputs) for _ in range(2)]
    layer = MonteCarloDropout(keras.Model(inputs, drops))
    with layer.seeded(0):
        one, two = layer(np.ones((2, 4, 6, 3), "float32"))
    assert np.any(np.asarray(one) != np.asarray(two))


def test_file_round_trip(tmp_path):
    layer = MonteCarloDropout(network())
    inputs = keras.Input((4, 6, 3))
    keras.Model(inputs, layer(inputs)).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    drawn = []
    for sampler in (layer, loaded.layers[-1]):
        with sampler.seeded(1):
            drawn.append(np.asarray(sampler(IMAGES)))
    np.testing.assert_array_equal(*drawn)
    assert layer.compute_output_shape((None, 4, 6, 3)) == (None, 4, 6, 3)


@pytest.mark.parametrize("rate", [0.0, None])
def test_refuses_a_network_without_dropout(rate):
    inputs = keras.Input((4, 6, 3), name="image")
    layers = keras.layers
    x = layers.ReLU()(inputs) if rate is None else layers.Dropout(rate)(inputs)
    with pytest.raises(ValueError, match="Received: plain, which has none"):
        MonteCarloDropout(keras.Model(inputs, x, name="plain"))


def test_refuses_a_negative_seed():
    with (
        pytest.raises(ValueError, match="Received: seed=-1"),
        MonteCarloDropout(network()).seeded(-1),
    ):
        pass
