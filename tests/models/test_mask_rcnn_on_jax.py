"""Mask R-CNN on JAX without TensorFlow: detections, steps, validation, file."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np

from tests.models.tiny_rcnn import batch, tiny

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import tests.no_tensorflow
import sys
import keras
import numpy as np
from tests.models.tiny_rcnn import batch, tiny

folder, model, (images, truth) = sys.argv[1], tiny(samples=1), batch()
given = np.load(folder + "/weights.npz")
model.set_weights([given[f"arr_{i}"] for i in range(len(given))])
found = model.predict(images, verbose=0)
model.compile(keras.optimizers.Adam(3e-3))
logs = model.fit(images, truth, validation_data=(images, truth), epochs=4, verbose=0)
model.save(folder + "/model.keras")
assert "tensorflow" not in sys.modules
np.savez(folder + "/found.npz", **found, **logs.history)
"""


def test_on_jax(tmp_path):
    # One sample a bin: a quarter of RoIAlign to compile. tests/ops has more of them.
    model, (images, _) = tiny(samples=1), batch()
    np.savez(tmp_path / "weights.npz", *model.get_weights())
    environment = {
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = dict(np.load(tmp_path / "found.npz"))
    for key, value in model.predict(images, verbose=0).items():
        np.testing.assert_allclose(found[key], value, atol=1e-3)
    assert found["loss"][-1] < found["loss"][0]
    assert found["val_loss"][-1] < found["val_loss"][0]
    assert found["L_mask"][0] > 0
    trained = keras.models.load_model(tmp_path / "model.keras")
    assert trained.predict(images, verbose=0)["masks"].shape == found["masks"].shape
