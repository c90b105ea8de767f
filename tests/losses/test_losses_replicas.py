"""Losses and metrics on two replicas: in a process of its own with two devices."""

import subprocess
import sys

SCRIPT = """
import keras, numpy as np, tensorflow as tf
import kseg.losses as L, kseg.metrics as M

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
rng = np.random.default_rng(5)
labels = rng.integers(0, 3, (8, 3, 5)).astype("uint8")
labels[:4] = labels[4:]  # the same for each replica: the mean of means is the mean
images = rng.normal(size=(8, 3, 5, 2)).astype("float32")
images[:4] = images[4:]

def evaluate():
    keras.utils.set_random_seed(1)
    inputs = keras.Input((3, 5, 2))
    model = keras.Model(inputs, keras.layers.Conv2D(3, 1)(inputs))
    # smooth counts once in each replica's fraction, so only without it are they equal.
    dice = L.Dice(smooth=0.0)
    losses = [L.CrossEntropy(), dice, L.Tversky(per_image=True), L.Lovasz()]
    model.compile("sgd", L.Sum(losses), metrics=[M.SemanticScores(3)])
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(8)
    scores = model.evaluate(data, return_dict=True, verbose=0)
    return scores

alone = evaluate()
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    together = evaluate()
for name, value in alone.items():
    np.testing.assert_allclose(together[name], value, rtol=1e-6, err_msg=name)
assert len(alone) == 6, alone
print("equal")
"""


def test_two_replicas_give_the_loss_and_scores_of_one():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "equal" in done.stdout, done.stderr[-3000:]
