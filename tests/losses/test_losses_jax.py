"""Losses and streaming metrics on JAX, in one process of its own.

There importing TensorFlow fails; what it computes is compared with NumPy's scores and
with TensorFlow's losses and gradients here.
"""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import kseg.losses
import kseg.metrics

SCRIPT = """
import json, sys
sys.modules["tensorflow"] = None  # as on a machine without it
import jax, keras, numpy as np
import kseg.losses as L, kseg.metrics as M

rng = np.random.default_rng(5)
labels = rng.integers(0, 3, (2, 3, 5)).astype("uint8")
labels[0, 0, :2] = 255
logits = rng.normal(size=(2, 3, 5, 4)).astype("float32")
weights = rng.uniform(size=(2, 3, 5)).astype("float32")
out = {"losses": {}, "gradients": {}, "scores": {}}
names = ("CrossEntropy", "Focal", "Dice", "Tversky", "Lovasz")
losses = [getattr(L, name)() for name in names]


@jax.jit
def values_and_gradients(p, y):
    def values(p):
        return keras.ops.stack([loss(y, p, weights) for loss in losses])

    return values(p), jax.jacrev(values)(p)


values, gradients = values_and_gradients(logits, labels)
for name, value, gradient in zip(names, values, gradients):
    out["losses"][name] = float(value)
    out["gradients"][name] = np.asarray(gradient).ravel().tolist()
nothing = values_and_gradients(logits, np.full_like(labels, 255))
assert not np.any(nothing[0]) and not np.any(nothing[1])

inputs = keras.Input((3, 5, 4))
model = keras.Model(inputs, keras.layers.Conv2D(4, 1)(inputs))
metrics = [M.SemanticScores(4), M.MeanIoU(4, class_ids=[1])]
loss = L.Sum([L.CrossEntropy(), L.Lovasz(per_image=True)])
model.compile("sgd", loss, metrics=metrics)
history = model.fit(logits, labels, sample_weight=weights, epochs=2, verbose=0).history
assert history["loss"][1] < history["loss"][0], history
assert 0.0 <= history["mean_iou"][1] <= 1.0, history
model.save(sys.argv[1])
again = keras.saving.load_model(sys.argv[1])
evaluate = dict(sample_weight=weights, return_dict=True, verbose=0)
before = model.evaluate(logits, labels, **evaluate)
assert again.evaluate(logits, labels, **evaluate) == before, before

metric = M.SemanticScores(4)
for _ in range(3):
    metric.update_state(labels, logits)
out["scores"] = {name: float(x) for name, x in metric.result().items()}
out["matrix"] = metric.matrix.tolist()
assert keras.backend.backend() == "jax"
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def on_jax(tmp_path_factory):
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    path = str(tmp_path_factory.mktemp("jax") / "model.keras")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, path],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 3, (2, 3, 5)).astype("uint8")
    labels[0, 0, :2] = 255
    logits = rng.normal(size=(2, 3, 5, 4)).astype("float32")
    return labels, logits, rng.uniform(size=(2, 3, 5)).astype("float32")


@pytest.mark.parametrize("name", ["CrossEntropy", "Focal", "Dice", "Tversky", "Lovasz"])
def test_losses_and_gradients_are_tensorflows(name, on_jax, data):
    import tensorflow as tf

    labels, logits, weights = data
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = getattr(kseg.losses, name)()(labels, logits, weights)
    assert on_jax["losses"][name] == pytest.approx(float(value), rel=1e-5)
    np.testing.assert_allclose(
        on_jax["gradients"][name],
        tape.gradient(value, logits).numpy().ravel(),
        rtol=1e-4,
        atol=1e-7,
    )


def test_scores_are_numpys(on_jax, data):
    labels, logits, _ = data
    matrix = 3 * kseg.metrics.confusion_matrix(labels, logits.argmax(axis=-1), 4)
    assert on_jax["matrix"] == matrix.tolist()
    expected = kseg.metrics.semantic_scores(matrix)
    for name, value in on_jax["scores"].items():
        assert value == pytest.approx(expected[name], rel=1e-6)
