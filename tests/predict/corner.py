"""A bundle whose every answer is known: three objects, whatever it sees."""

import tempfile
from functools import cache

import numpy as np

from kseg import bundle

SIZE = (32, 48)
NAMES = ("boxes", "scores", "classes", "masks", "count")
METADATA = {
    "name": "corner",
    "task": "instances",
    "input": {
        "name": "image",
        "size": list(SIZE),
        "channels": 3,
        "dtype": "uint8",
        "resize": "letterbox",
    },
    "output": {"kind": "instances"} | {name: f"the_{name}" for name in NAMES},
    "classes": ["background", "cell", "debris"],
    "score_threshold": 0.5,
    "turns": True,
}
BOXES = [[2, 4, 10, 20], [12, 8, 30, 40], [0, 0, 4, 4], [0, 0, 0, 0]]


@cache
def flatbuffer():
    """Three objects whatever it sees; the first one scores the mean gray / 255."""
    import tensorflow as tf

    class Corner(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, *SIZE, 3), tf.uint8, "image")])
        def serve(self, image):
            mean = tf.reduce_mean(tf.cast(image, tf.float32)) / 255
            rest = tf.constant([0.75, 0.25, 0])
            return {
                "the_boxes": tf.constant([BOXES], tf.float32) + 0 * mean,
                "the_scores": tf.concat([[mean], rest], 0)[None],
                "the_classes": tf.constant([[1, 2, 1, 0]]),
                "the_masks": tf.ones((1, 4, 7, 7)) - 0 * mean,
                "the_count": tf.constant([3]),
            }

    module = Corner()
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(
            module, folder, signatures={"serving_default": module.serve}
        )
        return tf.lite.TFLiteConverter.from_saved_model(folder).convert()


def golden():
    """A light gray image, and what the network finds in it."""
    objects = {
        "boxes": np.float32(BOXES),
        "scores": np.float32([0.8, 0.75, 0.25, 0]),
        "classes": np.int32([1, 2, 1, 0]),
        "count": np.int32(3),
        "mask_sums": np.full(4, 49.0),
    }
    return np.full((*SIZE, 3), 204, np.uint8), objects


def write(folder):
    """Make the bundle; returns its path."""
    path = folder / "corner.tflite"
    bundle.write(path, flatbuffer(), METADATA, golden())
    return path
