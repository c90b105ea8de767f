"""The networks on JAX, with TensorFlow kept out: forward pass and one training step."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np

from kseg.models import UNet

ROOT = Path(__file__).resolve().parents[1]
ARGUMENTS = dict(
    num_classes=3,
    input_shape=(8, 12, 3),
    base_filters=2,
    depth=1,
    padding="same",
    normalization="batch",
    dropout=0.0,
)

# Runs on JAX. One process for all networks: starting JAX is the costly part.
SCRIPT = """
import importlib.abc
import sys


class NoTensorFlow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ("tensorflow", "tf_keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, NoTensorFlow())
import keras
import numpy as np

from kseg.models import UNet

folder, arguments = sys.argv[1], eval(sys.argv[2])
given = np.load(folder + "/given.npz")
weights = [given[f"w{i}"] for i in range(len(given.files) - 2)]
model = UNet(**arguments)
model.set_weights(weights)
predicted = model.predict(given["images"], verbose=0)
model.compile(
    keras.optimizers.SGD(0.1),
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
losses = [model.train_on_batch(given["images"], given["labels"]) for _ in range(3)]
model.save(folder + "/jax.keras")
np.savez(folder + "/found.npz", predicted=predicted, losses=losses)
assert "tensorflow" not in sys.modules
"""


def test_unet_on_jax_without_tensorflow(tmp_path):
    keras.utils.set_random_seed(0)
    model = UNet(**ARGUMENTS)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 8, 12, 3)).astype("float32")
    labels = rng.integers(0, 3, (2, 8, 12)).astype("int32")
    weights = {f"w{i}": w for i, w in enumerate(model.get_weights())}
    np.savez(tmp_path / "given.npz", images=images, labels=labels, **weights)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), repr(ARGUMENTS)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = np.load(tmp_path / "found.npz")

    expected = model.predict(images, verbose=0)
    np.testing.assert_allclose(found["predicted"], expected, rtol=1e-4, atol=1e-4)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
    losses = [model.train_on_batch(images, labels) for _ in range(3)]
    assert losses[-1] < losses[0]
    np.testing.assert_allclose(found["losses"], losses, rtol=1e-3)

    trained = keras.models.load_model(tmp_path / "jax.keras")
    np.testing.assert_allclose(
        trained.predict(images, verbose=0),
        model.predict(images, verbose=0),
        rtol=1e-2,
        atol=1e-2,
    )
