"""A network whose every answer is known: it compares gray values with 64 and 160.

Below 64 background, up to 159 border, from 160 interior: logits 0, 2v - 223 and
v - 63.5 of the mean v of the three channels.
"""

import numpy as np
import pytest

from kseg import bundle
from tests.predict import corner

TILE = (32, 48)
METADATA = {
    "name": "thresholds",
    "task": "semantic",
    "input": {"name": "image", "size": list(TILE), "channels": 3, "dtype": "uint8"},
    "output": {
        "name": "labels",
        "kind": "label_map",
        "size": list(TILE),
        "offset": [0, 0],
        "dtype": "uint8",
    },
    "tiling": {"margin": 4, "stride": 8},
    "classes": ["background", "nucleus", "border"],
    "palette": [[0, 0, 0], [255, 80, 0], [255, 255, 0]],
    "ignore_label": 255,
    "instances": {"method": "watershed", "interior": 1, "border": 2, "min_area": 4},
}


def expected_labels(image):
    """(H, W, 1) or gray (H, W, 3) uint8 to the network's label map."""
    value = image[..., 0]
    return np.where(value < 64, 0, np.where(value < 160, 2, 1)).astype(np.uint8)


def blobs(height, width, seed=0):
    """A gray picture with bright discs, and those discs' centres apart."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.zeros((height, width), np.float64)
    for cy in range(8, height, 16):
        for cx in range(8, width, 16):
            far = np.hypot(y - cy - rng.uniform(-1, 1), x - cx - rng.uniform(-1, 1))
            image = np.maximum(image, 255 - 28 * far)
    return image.clip(0).astype(np.uint8)[..., None]


def flatbuffer(folder, logits):
    """The network as .tflite bytes, (1, 32, 48, 3) uint8 in."""
    import tensorflow as tf

    class Thresholds(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, *TILE, 3), tf.uint8, "image")])
        def serve(self, image):
            weights = np.array([[0, 2, 1]] * 3, np.float32)[None, None] / 3
            scores = tf.nn.conv2d(tf.cast(image, tf.float32), weights, 1, "SAME")
            scores += tf.constant([0, -223, -63.5])
            if logits:
                return {"logits": scores}
            labels = tf.argmax(scores, -1, output_type=tf.int32)
            return {"labels": tf.cast(labels, tf.uint8)}

    module = Thresholds()
    tf.saved_model.save(
        module, str(folder), signatures={"serving_default": module.serve}
    )
    return tf.lite.TFLiteConverter.from_saved_model(str(folder)).convert()


@pytest.fixture(scope="session")
def golden():
    image = np.repeat(blobs(*TILE), 3, axis=-1)
    return image, expected_labels(image)


@pytest.fixture(scope="session")
def label_bundle(tmp_path_factory, golden):
    """A bundle that gives label maps."""
    folder = tmp_path_factory.mktemp("labels")
    path = folder / "thresholds.tflite"
    bundle.write(path, flatbuffer(folder / "saved", logits=False), METADATA, golden)
    return path


@pytest.fixture(scope="session")
def logit_bundle(tmp_path_factory, golden):
    """A bundle that gives logits."""
    folder = tmp_path_factory.mktemp("logits")
    path = folder / "thresholds.tflite"
    output = METADATA["output"] | {"name": "logits", "kind": "logits"}
    del output["dtype"]
    metadata = METADATA | {"output": output}
    bundle.write(path, flatbuffer(folder / "saved", logits=True), metadata, golden)
    return path


@pytest.fixture(scope="session")
def unet():
    """A tiny U-Net for tiles of any size."""
    import keras

    from kseg.models import UNet

    keras.utils.set_random_seed(0)
    return UNet(3, (None, None, 3), padding="same", base_filters=2, depth=1)


def unet_metadata(size=(16, 16)):
    return METADATA | {
        "input": METADATA["input"] | {"size": list(size)},
        "tiling": {"margin": 0, "stride": 2},
    }


@pytest.fixture(scope="session")
def object_bundle(tmp_path_factory):
    """A bundle that gives three objects, whatever it sees."""
    return corner.write(tmp_path_factory.mktemp("corner"))
