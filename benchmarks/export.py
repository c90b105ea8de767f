"""Latency of exported U-Nets in every format, beside a Keras-only twin.

    python benchmarks/export.py [--size 256 256] [--threads 2] [--rounds 20] [--train]

kseg's U-Net (``padding="same"``, batch norm, 16 and 32 base filters) is trained for a
moment on the embedded nuclei, so that its labels mean something. The twin is the 16
filter network in plain Keras layers with the same weights, exported as a Keras user
would: ``model.export(format="litert")`` with a static signature, float32 pixels in,
logits out (so without the arg-max that kseg's files contain).

One process; in each round every file runs once, and a float32 matrix product of 2048
shows what the machine gives at that moment. GMAC is read off the files, GOP/s is
2 GMAC / median; agreement is with Keras's labels on validation images. Compare rows of
one run only: other load on the machine moves them all. ``--train`` also times training
steps of network and twin in turn.
"""

import argparse
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from keras import layers

from kseg import bundle
from kseg.data import Augment, make_pipeline, sample
from kseg.export import audit, to_tflite
from kseg.export.flatbuffer.quantize import FORMATS
from kseg.models import UNet

CLASSES, BATCH_SIZE, MATRIX = 3, 8, 2048


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, nargs=2, default=(256, 256))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--steps", type=int, default=24, help="of training before")
    parser.add_argument("--train", action="store_true", help="time training too")
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    keras.utils.set_random_seed(1)

    height, width = arguments.size
    train, calibration, images = data((height, width))
    network = kseg_unet((height, width, 3), 16)
    network.fit(train, steps_per_epoch=arguments.steps, verbose=0)
    twin = keras_unet((height, width, 3), 16)
    twin.set_weights(network.get_weights())
    wide = kseg_unet((height, width, 3), 32)
    wide.fit(train, steps_per_epoch=arguments.steps // 3, verbose=0)

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, model, formats in (
            ("kseg UNet 16", network, FORMATS),
            ("kseg UNet 32", wide, ("float32", "int8")),
        ):
            for quantize in formats:
                content = export_kseg(model, Path(folder), quantize, calibration)
                rows.append(
                    (name, quantize, content, agreement(content, model, images))
                )
        for quantize in ("float32", "dynamic", "int8"):
            content = export_twin(twin, Path(folder), quantize, calibration)
            same = agreement(content, twin, images)
            rows.append(("Keras twin 16", quantize, content, same))
    report_files(rows, images[-1], arguments)
    if arguments.train:
        report_training({"kseg UNet 16": network, "Keras twin 16": twin}, train)


def data(size):
    """An endless training pipeline, 32 images of it, and those of validation."""
    train = make_pipeline(
        sample("train"),
        size=size,
        batch_size=BATCH_SIZE,
        augment=Augment(),
        target="border",
    )
    calibration = next(train.unbatch().batch(32).as_numpy_iterator())[0]
    batches = make_pipeline(
        sample("val"), size=size, batch_size=1, target="border", training=False
    )
    images = [batch[0][0] for batch in batches.as_numpy_iterator()]
    return train, calibration.astype(np.uint8), np.array(images, np.uint8)


def compiled(model):
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.8  # a moment of training; the usual ones take longer
    model.compile(
        keras.optimizers.Adam(2e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255),
    )
    return model


def kseg_unet(shape, filters):
    return compiled(
        UNet(
            CLASSES,
            shape,
            base_filters=filters,
            padding="same",
            dropout=0.0,
            normalization="batch",
        )
    )


def keras_unet(shape, filters):
    """The same network as anyone would write it in Keras."""

    def block(x, width):
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization()(x)
            x = layers.ReLU()(x)
        return x

    inputs = keras.Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)
    skips = []
    for level in range(4):
        x = block(x, filters * 2**level)
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = block(x, filters * 2**4)
    for level in reversed(range(4)):
        width = filters * 2**level
        x = layers.Conv2DTranspose(width, 2, strides=2, activation="relu")(x)
        x = block(layers.Concatenate()([x, skips[level]]), width)
    return compiled(keras.Model(inputs, layers.Conv2D(CLASSES, 1)(x)))


def export_kseg(model, folder, quantize, calibration):
    path = folder / f"{quantize}.tflite"
    # Briefly trained: how far a file agrees is a figure here, no reason to stop.
    loose = {"logit_error": np.inf, "agreement": 0.0}
    to_tflite(model, path, quantize=quantize, calibration=calibration, tolerance=loose)
    return bundle.read(path).flatbuffer


def export_twin(twin, folder, quantize, calibration):
    """By Keras's own exporter; its extra arguments go to TensorFlow's converter."""
    settings = {}
    if quantize != "float32":
        settings["optimizations"] = [tf.lite.Optimize.DEFAULT]
    if quantize == "int8":
        settings["representative_dataset"] = lambda: (
            [image[None].astype(np.float32)] for image in calibration
        )
    path = folder / f"twin-{quantize}.tflite"
    signature = [keras.InputSpec(shape=(1, *twin.input_shape[1:]), dtype="float32")]
    twin.export(
        str(path), format="litert", input_signature=signature, verbose=False, **settings
    )
    return path.read_bytes()


def agreement(content, model, images):
    """The share of pixels with Keras's label, whatever the file takes and gives."""
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]
    result = interpreter.get_output_details()[0]["index"]
    expected = model.predict(images.astype(np.float32), batch_size=1, verbose=0)
    same = []
    for image, logits in zip(images, expected, strict=True):
        interpreter.set_tensor(given["index"], image[None].astype(given["dtype"]))
        interpreter.invoke()
        found = interpreter.get_tensor(result)[0]
        labels = found if found.ndim == 2 else found.argmax(-1)
        same.append(np.mean(labels == logits.argmax(-1)))
    return np.mean(same)


def report_files(rows, image, arguments):
    interpreters = [
        Interpreter(model_content=row[2], num_threads=arguments.threads) for row in rows
    ]
    for interpreter in interpreters:
        interpreter.allocate_tensors()
        given = interpreter.get_input_details()[0]
        interpreter.set_tensor(given["index"], image[None].astype(given["dtype"]))
    matrix = tf.random.normal((MATRIX, MATRIX))
    runs = [i.invoke for i in interpreters]
    *times, product = in_turn(
        [*runs, lambda: (matrix @ matrix).numpy()], arguments.rounds
    )
    height, width = arguments.size
    print(
        f"\n{height} x {width}, {arguments.threads} threads, {arguments.rounds} rounds"
        "\n\n| network | format | ms median | best | GMAC | GOP/s | MB | XNNPACK "
        "partitions | agreement |\n|---|---|" + "---:|" * 7
    )
    for (name, quantize, content, same), taken in zip(rows, times, strict=True):
        found = audit(content)
        median, gmac = np.median(taken), found.multiply_adds / 1e9
        print(
            f"| {name} | {quantize} | {1e3 * median:.2f} | {1e3 * min(taken):.2f} | "
            f"{gmac:.3f} | {2 * gmac / median:.0f} | {len(content) / 1e6:.3f} | "
            f"{found.partitions} | {100 * same:.2f} % |"
        )
    operations = 2 * MATRIX**3 / 1e9
    print(
        f"\nfloat32 product of {MATRIX} x {MATRIX} matrices, in the same rounds: "
        f"median {operations / np.median(product):.0f}, best "
        f"{operations / min(product):.0f} GFLOP/s"
    )


def report_training(models, train):
    batch = next(train.as_numpy_iterator())
    steps = [
        lambda model=model: model.train_on_batch(*batch) for model in models.values()
    ]
    print("\n| network | training images/s median | best |\n|---|---:|---:|")
    for name, taken in zip(models, in_turn(steps, 10), strict=True):
        speeds = BATCH_SIZE / np.array(taken)
        print(f"| {name} | {np.median(speeds):.2f} | {speeds.max():.2f} |")


def in_turn(functions, rounds):
    """Seconds of each function in each round, after three that do not count."""
    times = [[] for _ in functions]
    for _ in range(rounds + 3):
        for function, taken in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            taken.append(time.perf_counter() - start)
    return [taken[3:] for taken in times]


if __name__ == "__main__":
    main()
