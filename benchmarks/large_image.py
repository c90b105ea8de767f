"""Peak memory and time of predicting a 10,000 x 10,000 image with a bundle.

    python benchmarks/large_image.py [BUNDLE] [--size 10000]

Without a bundle it builds one whose cost is small, so that the figures are those of
tiling and of separating objects: a 1x1 convolution that finds bright discs on dark
ground, one every 50 pixels, most of them in touching pairs. With a bundle the time is
the network's. The aim is a peak under 2 GB, the image itself among it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", nargs="?", type=Path)
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.build:
        build(arguments.build)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.bundle or Path(folder) / "discs.tflite"
        if arguments.bundle is None:
            # In a process of its own: TensorFlow's memory is not prediction's.
            command = [sys.executable, __file__, "--build", str(path)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr)
        measure(path, arguments.size)


def measure(path, size):
    import kseg

    predictor = kseg.load(path)
    channels = predictor.metadata["input"]["channels"]
    image = discs(size)
    image = np.broadcast_to(image, (size, size, channels))
    before = peak()
    start = time.perf_counter()
    result = predictor.predict(image)
    seconds = time.perf_counter() - start
    objects = 0 if result.instances is None else int(result.instances.max())
    tile = predictor.metadata["input"]["size"]
    print(
        f"{size} x {size} pixels, tiles of {tile[0]} x {tile[1]}: {objects} objects in "
        f"{seconds:.1f} s; peak {peak():.2f} GB, of which {before:.2f} GB before "
        f"prediction (the image is {size * size / 1e9:.2f} GB)"
    )


def peak():
    """Peak resident memory of this process in 10**9 bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used * (1 if sys.platform == "darwin" else 1024) / 1e9


def discs(size, pitch=50):
    """(size, size, 1) uint8: one block of discs, repeated."""
    y, x = np.mgrid[:pitch, : 2 * pitch]
    near = np.minimum(
        np.hypot(y - 25, x - 36),
        np.minimum(np.hypot(y - 25, x - 60), np.hypot(y - 8, x - 10) + 8),
    )
    block = (250 - 10 * near).clip(0, 255).astype(np.uint8)
    rows, columns = -(-size // pitch), -(-size // (2 * pitch))
    return np.tile(block, (rows, columns))[:size, :size, None]


def build(path):
    """A bundle that calls gray values from 64 border, from 160 interior."""
    import tensorflow as tf

    from kseg import bundle

    tile = (256, 256)

    class Thresholds(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, *tile, 3), tf.uint8, "image")])
        def serve(self, image):
            weights = np.array([[0, 2, 1]] * 3, np.float32)[None, None] / 3
            scores = tf.nn.conv2d(tf.cast(image, tf.float32), weights, 1, "SAME")
            scores += tf.constant([0, -223, -63.5])
            labels = tf.argmax(scores, -1, output_type=tf.int32)
            return {"labels": tf.cast(labels, tf.uint8)}

    module = Thresholds()
    saved = str(path.parent / "saved")
    tf.saved_model.save(module, saved, signatures={"serving_default": module.serve})
    flatbuffer = tf.lite.TFLiteConverter.from_saved_model(saved).convert()
    image = np.repeat(discs(256), 3, axis=-1)
    value = image[..., 0]
    labels = np.where(value < 64, 0, np.where(value < 160, 2, 1)).astype(np.uint8)
    metadata = {
        "name": "discs",
        "task": "semantic",
        "input": {"name": "image", "size": list(tile), "channels": 3},
        "output": {
            "name": "labels",
            "kind": "label_map",
            "size": list(tile),
            "offset": [0, 0],
        },
        "tiling": {"margin": 32, "stride": 16},
        "classes": ["background", "disc", "border"],
        "instances": {"method": "watershed", "interior": 1, "border": 2},
    }
    bundle.write(path, flatbuffer, metadata, (image, labels))


if __name__ == "__main__":
    main()
