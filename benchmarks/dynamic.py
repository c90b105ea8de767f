"""The dynamic format: kseg's, TFLiteConverter's and ai-edge-quantizer's, side by side.

    pip install ai-edge-quantizer
    python benchmarks/dynamic.py [--threads 2] [--rounds 15]

Two networks of random weights at 256 x 256: kseg's U-Net with 16 filters, and
MobileNetV2 of keras.applications under a decoder of transposed and separable
convolutions. ai-edge-quantizer is asked for ordinary convolutions only, as kseg takes
them; its row is left out where it is not installed. In each round every file runs once.
Labels are compared with those of the float32 file, on one image of noise.
"""

import argparse
import importlib.util
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from keras import layers

from kseg.export import audit
from kseg.export.flatbuffer.quantize import convert
from kseg.export.labels import model as label_model
from kseg.models import UNet

SHAPE = (256, 256, 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    unet = UNet(
        3,
        SHAPE,
        base_filters=16,
        padding="same",
        normalization="batch",
        dropout=0.0,
    )
    print(
        "| network | by | ms median | best | MB | XNNPACK partitions | oldest runtime "
        "| labels as float32 |\n|---|---|" + "---:|" * 6
    )
    for name, model in (("MobileNetV2", mobilenet()), ("kseg UNet 16", unet)):
        with tempfile.TemporaryDirectory() as folder:
            label_model.write(model, folder, batch=1, outputs=("logits",))
            report(name, files(folder), arguments)


def mobilenet():
    inputs = keras.Input(SHAPE)
    x = layers.Rescaling(1 / 127.5, -1)(inputs)
    trunk = keras.applications.MobileNetV2(
        input_tensor=x, include_top=False, weights=None
    )
    x = trunk.get_layer("out_relu").output
    for block, filters in ((13, 256), (6, 128), (3, 64)):
        x = layers.Conv2D(filters, 1)(x)
        x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
        skip = trunk.get_layer(f"block_{block}_expand_relu").output
        x = layers.Concatenate()([x, skip])
        x = layers.SeparableConv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(11, 1)(x)
    return keras.Model(inputs, layers.UpSampling2D(4, interpolation="bilinear")(x))


def files(folder):
    """The network as float32, and by each way to the dynamic format."""
    whole = convert(folder, "float32")
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    found = {
        "float32": whole,
        "kseg": convert(folder, "dynamic"),
        "TFLiteConverter": converter.convert(),
    }
    if importlib.util.find_spec("ai_edge_quantizer"):
        found["ai-edge-quantizer"] = by_quantizer(whole, Path(folder))
    return found


def by_quantizer(content, folder):
    from ai_edge_quantizer import qtyping, quantizer

    path = folder / "float32.tflite"
    path.write_bytes(content)
    made = quantizer.Quantizer(str(path))
    made.add_dynamic_config(
        regex=".*", operation_name=qtyping.TFLOperationName.CONV_2D, num_bits=8
    )
    return bytes(made.quantize().quantized_model)


def report(name, contents, arguments):
    image = np.random.default_rng(0).integers(0, 256, (1, *SHAPE), np.uint8)
    interpreters = [
        Interpreter(model_content=content, num_threads=arguments.threads)
        for content in contents.values()
    ]
    for interpreter in interpreters:
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    times = np.zeros((arguments.rounds + 3, len(interpreters)))
    for row in times:
        for i, interpreter in enumerate(interpreters):
            start = time.perf_counter()
            interpreter.invoke()
            row[i] = time.perf_counter() - start
    labels = [
        i.get_tensor(i.get_output_details()[0]["index"]).argmax(-1)
        for i in interpreters
    ]
    for i, (by, content) in enumerate(contents.items()):
        taken, found = 1e3 * times[3:, i], audit(content)
        print(
            f"| {name} | {by} | {np.median(taken):.2f} | {taken.min():.2f} | "
            f"{len(content) / 1e6:.3f} | {found.partitions} | {found.oldest_runtime} | "
            f"{100 * np.mean(labels[i] == labels[0]):.2f} % |"
        )


if __name__ == "__main__":
    main()
