"""docs/gpu.md, "Several GPUs": two logical CPU devices stand for two GPUs."""

import subprocess
import sys

SCRIPT = """
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras, kseg
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
keras.utils.set_random_seed(0)
with strategy.scope():
    model = kseg.models.UNet(2, (32, 32, 3), padding="same", base_filters=2, depth=2,
                             normalization="batch", dropout=0.0)
    model.compile(keras.optimizers.SGD(0.1), kseg.losses.CrossEntropy())
x = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype("uint8")
y = (x[..., 0] > 128).astype("uint8")
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(4).repeat()
history = model.fit(data, epochs=4, steps_per_epoch=3, verbose=0).history["loss"]
print(strategy.num_replicas_in_sync, history[0] > history[-1])
"""


def test_the_unet_learns_on_two_replicas():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300
    )
    assert done.stdout.split() == ["2", "True"], done.stderr[-2000:]
