"""Networks that find objects on JAX without TensorFlow: detections, steps, files.

One process for all of them. Compiling is what takes the time.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from kseg.models import MODELS, ObjectNetwork
from tests.models.object_networks import NETWORKS
from tests.models.tiny_rcnn import batch

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import tests.no_tensorflow
import sys
import keras
import numpy as np
from tests.models.object_networks import NETWORKS
from tests.models.tiny_rcnn import batch

folder, (images, truth) = sys.argv[1], batch()
for name, build in NETWORKS.items():
    model = build()
    given = np.load(f"{folder}/{name}.npz")
    model.set_weights([given[f"arr_{i}"] for i in range(len(given))])
    detections = model.predict(images, verbose=0)
    model.compile(keras.optimizers.Adam(3e-3))
    # Of one of them validation, too: it is the base class's.
    data = {} if "RCNN" in name else {"validation_data": (images, truth)}
    logs = model.fit(images, truth, epochs=4, verbose=0, **data).history
    model.save(f"{folder}/{name}.keras")
    np.savez(f"{folder}/{name}.found.npz", **detections, **logs)
assert "tensorflow" not in sys.modules
"""


@pytest.fixture(scope="module")
def expected():
    """What the networks find on TensorFlow, and their weights."""
    keras.utils.set_random_seed(0)
    models = {name: build() for name, build in NETWORKS.items()}
    return {
        name: (model.predict(batch()[0], verbose=0), model.get_weights())
        for name, model in models.items()
    }


@pytest.fixture(scope="module")
def folder(expected, tmp_path_factory):
    """What JAX found, with the same weights."""
    folder = tmp_path_factory.mktemp("jax")
    for name, (_, weights) in expected.items():
        np.savez(folder / f"{name}.npz", *weights)
    environment = {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_no_network_is_left_out():
    networks = {name.split(".")[0].split()[0] for name in NETWORKS}
    public = {name for name, one in MODELS.items() if isinstance(one, type)}
    assert all(issubclass(MODELS[name], ObjectNetwork) for name in public)
    assert public <= networks


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_finds_and_learns_as_on_tensorflow(name, expected, folder):
    on_jax = dict(np.load(folder / f"{name}.found.npz"))
    for key, value in expected[name][0].items():
        np.testing.assert_allclose(on_jax[key], value, atol=1e-3)
    assert on_jax["loss"][-1] < on_jax["loss"][0]
    assert on_jax["L_mask"][0] > 0
    if "val_loss" in on_jax:
        assert on_jax["val_loss"][-1] < on_jax["val_loss"][0]
    trained = keras.models.load_model(folder / f"{name}.keras")
    masks = trained.predict(batch()[0], verbose=0)["masks"]
    assert masks.shape == expected[name][0]["masks"].shape
