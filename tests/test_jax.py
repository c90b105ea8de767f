"""The networks on JAX, with TensorFlow kept out: forward pass and steps of training.

One process for all of them: starting JAX is costly. Compiling is what takes the time.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from kseg.models import MODELS
from tests.jax_networks import NETWORKS, average_of_a_fit, batch_for, predict_and_step

ROOT = Path(__file__).resolve().parents[1]

SCRIPT = """
import tests.no_tensorflow
import sys

import numpy as np

from kseg import recipes
from tests.jax_networks import NETWORKS, average_of_a_fit, predict_and_step

folder = sys.argv[1]
for name in recipes.RECIPES:
    recipes.get(name).optimizer()
for name, build in NETWORKS.items():
    given = np.load(f"{folder}/{name}.npz")
    model = build()
    model.set_weights([given[f"arr_{i}"] for i in range(len(given))])
    logits, losses = predict_and_step(model)
    model.save(f"{folder}/{name}.keras")
    np.savez(f"{folder}/{name}.found.npz", logits=logits, losses=losses)
np.save(f"{folder}/average.npy", average_of_a_fit())
assert "tensorflow" not in sys.modules
"""


@pytest.fixture(scope="module")
def models():
    """Networks in which no weight is all zero, as the scores of FCN are at first."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    built = {name: build() for name, build in NETWORKS.items()}
    for model in built.values():
        for weight in model.trainable_weights:
            if not keras.ops.any(weight):
                weight.assign(0.1 * rng.standard_normal(weight.shape))
    return built


@pytest.fixture(scope="module")
def folder(models, tmp_path_factory):
    """What JAX found, from the weights of ``models``."""
    folder = tmp_path_factory.mktemp("jax")
    for name, model in models.items():
        np.savez(folder / f"{name}.npz", *model.get_weights())
    environment = {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, folder],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_no_network_is_left_out():
    # tests/models/test_objects_on_jax.py has the other.
    assert set(MODELS) - {"MaskRCNN"} <= set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_computes_and_learns_as_on_tensorflow(name, models, folder):
    model, found = models[name], np.load(folder / f"{name}.found.npz")
    logits, losses = predict_and_step(model)
    assert logits.std() > 1e-3 and losses[-1] < losses[0]
    np.testing.assert_allclose(found["logits"], logits, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found["losses"], losses, rtol=1e-3)

    trained = keras.models.load_model(folder / f"{name}.keras")
    images, _ = batch_for(model)
    expected = model.predict_on_batch(images)
    np.testing.assert_allclose(
        trained.predict_on_batch(images), expected, rtol=2e-2, atol=2e-2
    )


def test_callbacks_see_and_set_what_a_step_has(folder):
    weight, average = average_of_a_fit()
    assert len({round(value, 2) for value in (weight, average, 4.0)}) == 3
    np.testing.assert_allclose(
        np.load(folder / "average.npy"), [weight, average], rtol=1e-5
    )
