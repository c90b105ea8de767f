"""The semantic family as ``.tflite``: latency, peak memory and size beside Keras-only.

    python benchmarks/semantic.py [--size 360 480] [--threads 2] [--rounds 2] [--vgg]

Each of kseg's networks stands beside what a Keras user would write in its place:

    FCN-8s mobile  FCN-8s on MobileNetV2 of keras.applications, with Conv2DTranspose
    U-Net mobile   the U-Net of TensorFlow's segmentation tutorial: that MobileNetV2 and
                   Conv2DTranspose of 512, 256, 128 and 64 filters
    SegNet-Basic   the same without LRN, with UpSampling2D in place of the indices
    SegNet         the same with UpSampling2D; and with tf.nn.max_pool_with_argmax and
                   tf.scatter_nd, which become TensorFlow operators (Flex): neither
                   LiteRT nor TensorFlow 2.21's own interpreter runs the file

The others are converted by TFLiteConverter's defaults: float32 pixels in, logits out.
kseg's files contain the cast, the normalisation and the arg-max. Weights are random,
int8 is calibrated on random images: speed and memory do not depend on them. MobileNets
take sides that are multiples of 32, so theirs are rounded up.

Every file is measured by ``measure_tflite.py`` in a process of its own, all files in
turn in every round. Times are the median of the rounds' medians and the fastest run;
ratios are to kseg's file of the same format, above 1 where kseg's is better. ``--vgg``
adds the paper's FCN-8s, half a gigabyte in float32. Compare rows of one run only.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from kseg.errors import ExportError
from kseg.export import audit
from kseg.export.flatbuffer.parts import multiply_adds, read
from kseg.export.flatbuffer.quantize import convert
from kseg.export.labels import model as label_model
from kseg.models import FCN8s, SegNet, SegNetBasic
from kseg.models.fcn import mobile as fcn_mobile
from kseg.models.on_backbone.unet import mobile as unet_mobile
from kseg.models.segnet import DECODER, ENCODER

CLASSES = 11
FORMATS = ("float32", "int8")
CHILD = Path(__file__).with_name("measure_tflite.py")


class File(NamedTuple):
    """One row: whose network, its place in the table, its format and where it is."""

    network: str
    by: str
    format: str
    path: Path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, nargs=2, default=(360, 480))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each, a round")
    parser.add_argument("--vgg", action="store_true", help="add the paper's FCN-8s")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(1)
    shape = (*arguments.size, 3)
    with tempfile.TemporaryDirectory() as folder:
        files = list(exported(shape, arguments.vgg, Path(folder)))
        found = measured(files, arguments)
        print(
            f"\n{shape[0]} x {shape[1]}, {arguments.threads} threads, "
            f"{arguments.rounds} rounds of {arguments.seconds} s\n"
        )
        print_table(files, found)


def networks(shape, vgg: bool) -> dict[str, tuple[Callable, dict[str, Callable]]]:
    """By name: kseg's network, and the others in its place."""
    rounded = (*(-(-side // 32) * 32 for side in shape[:2]), 3)
    table = {
        "FCN-8s mobile": (
            lambda: fcn_mobile(CLASSES, shape, weights=None),
            {"keras.applications": lambda: mobilenet_fcn(rounded)},
        ),
        "U-Net mobile": (
            lambda: unet_mobile(CLASSES, shape, weights=None),
            {"keras.applications": lambda: mobilenet_unet(rounded)},
        ),
        "SegNet-Basic": (
            lambda: SegNetBasic(CLASSES, shape),
            {"UpSampling2D": lambda: plain_segnet_basic(shape)},
        ),
        "SegNet": (
            lambda: SegNet(CLASSES, shape),
            {
                "UpSampling2D": lambda: plain_segnet(shape, resized),
                "argmax, scatter": lambda: plain_segnet(shape, scattered),
            },
        ),
    }
    if vgg:
        table["FCN-8s VGG-16"] = (lambda: FCN8s(CLASSES, shape), {})
    return table


# --- Networks as a Keras user writes them ---


def mobilenet(shape):
    """keras.applications' MobileNetV2 on raw pixels: its input, and maps by stride."""
    inputs = keras.Input(shape)
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    trunk = keras.applications.MobileNetV2(
        input_tensor=x, include_top=False, weights=None
    )
    names = {
        2: "block_1_expand_relu",
        4: "block_3_expand_relu",
        8: "block_6_expand_relu",
        16: "block_13_expand_relu",
        32: "out_relu",
    }
    maps = {stride: trunk.get_layer(name).output for stride, name in names.items()}
    return inputs, maps | {"project": trunk.get_layer("block_16_project").output}


def mobilenet_fcn(shape):
    inputs, maps = mobilenet(shape)
    x = layers.Conv2D(CLASSES, 1)(maps[32])
    for stride in (16, 8):
        x = layers.Conv2DTranspose(CLASSES, 4, 2, padding="same")(x)
        x = layers.Add()([x, layers.Conv2D(CLASSES, 1)(maps[stride])])
    x = layers.Conv2DTranspose(CLASSES, 16, 8, padding="same")(x)
    return keras.Model(inputs, x)


def mobilenet_unet(shape):
    inputs, maps = mobilenet(shape)
    x = maps["project"]
    for filters, stride in ((512, 16), (256, 8), (128, 4), (64, 2)):
        x = layers.Conv2DTranspose(filters, 3, 2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Concatenate()([x, maps[stride]])
    return keras.Model(inputs, layers.Conv2DTranspose(CLASSES, 3, 2, padding="same")(x))


def plain_segnet_basic(shape):
    inputs = keras.Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)
    sizes = []
    for _ in range(4):
        x = layers.Conv2D(64, 7, padding="same")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        sizes.append(x.shape)
        x = layers.MaxPooling2D(2, padding="same")(x)
    for size in reversed(sizes):
        x = cropped(layers.UpSampling2D(2)(x), size)
        x = layers.BatchNormalization()(layers.Conv2D(64, 7, padding="same")(x))
    return keras.Model(inputs, layers.Conv2D(CLASSES, 1)(x))


def plain_segnet(shape, pool):
    """SegNet's convolutions; ``pool`` gives the pooled map and its inverse."""
    inputs = keras.Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)

    def convolutions(x, widths):
        for width in widths:
            if width is None:
                return layers.Conv2D(CLASSES, 3, padding="same")(x)
            x = layers.Conv2D(64 * width, 3, padding="same")(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return x

    inverses = []
    for widths in ENCODER:
        x, inverse = pool(convolutions(x, widths))
        inverses.append(inverse)
    for widths, inverse in reversed(list(zip(DECODER, inverses, strict=True))):
        x = convolutions(inverse(x), widths)
    return keras.Model(inputs, x)


def resized(x):
    pooled = layers.MaxPooling2D(2, padding="same")(x)
    return pooled, lambda y: cropped(layers.UpSampling2D(2)(y), x.shape)


def cropped(x, size):
    height, width = (n - m for n, m in zip(x.shape[1:3], size[1:3], strict=True))
    return layers.Cropping2D(((0, height), (0, width)))(x) if height + width else x


def scattered(x):
    pooled, indices = ArgmaxPool()(x)
    return pooled, lambda y: ScatterUnpool(x.shape[1:])([y, indices])


class ArgmaxPool(layers.Layer):
    def call(self, x):
        return tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")


class ScatterUnpool(layers.Layer):
    """Of one image."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def call(self, inputs):
        x, indices = inputs
        flat = tf.scatter_nd(
            tf.reshape(indices, (-1, 1)),
            tf.reshape(x, (-1,)),
            (math.prod(self.shape),),
        )
        return tf.reshape(flat, (1, *self.shape))


# --- Conversion ---


def exported(shape, vgg, folder):
    """Every network in every format, as a `File`."""
    for name, (ours, others) in networks(shape, vgg).items():
        images = np.random.default_rng(0).integers(0, 256, (1, *shape), np.uint8)
        saved = folder / "saved"
        label_model.write(ours(), saved, batch=1, outputs=("labels",))
        for format in FORMATS:
            path = folder / f"{name}-{format}.tflite"
            path.write_bytes(convert(saved, format, images))
            yield File(name, "kseg", format, path)
        for by, build in others.items():
            model = build()
            for format in FORMATS:
                path = folder / f"{name}-{by}-{format}.tflite"
                try:
                    path.write_bytes(convert_plainly(model, format))
                except Exception as error:  # the converter raises all kinds
                    reason = str(error).splitlines()[0]
                    print(f"does not convert: {name}, {by}, {format}: {reason}")
                    continue
                yield File(name, by, format, path)
        print(f"converted {name}", flush=True)


def convert_plainly(model, format):
    shape = (1, *model.input_shape[1:])
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)
    function = tf.function(lambda x: model(x, training=False))
    signature = [tf.TensorSpec(shape, tf.float32)]
    with tempfile.TemporaryDirectory() as folder:
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint("serve", function, input_signature=signature)
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS,
            tf.lite.OpsSet.SELECT_TF_OPS,
        ]
        if format == "int8":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([pixels],)
        return converter.convert()


# --- Measurement ---


def measured(files, arguments):
    """Of each file: median and fastest ms, peak MB; or why it does not run."""
    runs = {file: [] for file in files}
    for _ in range(arguments.rounds):
        for file, found in runs.items():
            command = [sys.executable, CHILD, file.path]
            command += ["--threads", arguments.threads, "--seconds", arguments.seconds]
            done = subprocess.run(
                [str(part) for part in command], capture_output=True, text=True
            )
            if done.returncode == 0:
                found.append(json.loads(done.stdout.splitlines()[-1]))
            elif not found:
                reason = (done.stderr.strip().splitlines() or ["killed"])[-1]
                print(
                    f"does not run: {file.network}, {file.by}, {file.format}: {reason}"
                )
    return {file: summary(found) for file, found in runs.items() if found}


def summary(rounds):
    return {
        "ms": 1e3 * np.median([np.median(one["times"]) for one in rounds]),
        "best": 1e3 * min(min(one["times"]) for one in rounds),
        "peak": np.median([one["peak"] for one in rounds]) / 1e6,
    }


def print_table(files, found):
    print(
        "| network | by | format | ms median | best | peak MB | file MB | GMAC | "
        "XNNPACK pieces | time | memory | size |\n|---|---|---|" + "---:|" * 9
    )
    own = {(f.network, f.format): f for f in files if f.by == "kseg"}
    for file in files:
        if file not in found:
            continue
        row = found[file] | {"size": file.path.stat().st_size / 1e6}
        ours = own[file.network, file.format]
        ratios = ["", "", ""]
        if file is not ours and ours in found:
            base = found[ours] | {"size": ours.path.stat().st_size / 1e6}
            ratios = [f"{row[k] / base[k]:.2f}" for k in ("ms", "peak", "size")]
        work = sum(map(multiply_adds, read(file.path.read_bytes()))) / 1e9
        print(
            f"| {file.network} | {file.by} | {file.format} | {row['ms']:.1f} | "
            f"{row['best']:.1f} | {row['peak']:.0f} | {row['size']:.2f} | {work:.2f} | "
            f"{pieces(file.path)} | {' | '.join(ratios)} |"
        )


def pieces(path):
    """What the audit says: UpSampling2D's nearest neighbours have rank 5."""
    try:
        return audit(path).partitions
    except ExportError:
        return "refused"


if __name__ == "__main__":
    main()
