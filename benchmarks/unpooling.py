"""Pooling with indices and unpooling: training speed, memory, and as ``.tflite``.

    python benchmarks/unpooling.py [--rounds 20]

Compares kseg's pair of operators with ``tf.nn.max_pool_with_argmax`` and
``tf.scatter_nd``, forward and backward, on maps of SegNet-Basic at half of CamVid's
size; then kseg's lowering to ``.tflite`` with the plain one, which compares values and
indices and enlarges by nearest neighbour. In each round every candidate runs once, and
its best time counts; compare figures of one run only. The memory is what SegNet keeps
of a 360x480 image for its decoder: the bytes of the arrays themselves.
"""

import argparse
import tempfile
import time

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from kseg.export.flatbuffer.quantize import convert
from kseg.ops import max_pool_with_indices, max_unpool, pack_indices

BATCH, HEIGHT, WIDTH, CHANNELS = 4, 180, 240, 64
# Of the map before each of SegNet's pools at 360x480: Badrinarayanan et al., Table 2.
SEGNET = ((360, 480, 64), (180, 240, 128), (90, 120, 256), (45, 60, 512), (23, 30, 512))


def kseg_pair(x):
    pooled, indices = max_pool_with_indices(x)
    return max_unpool(2 * pooled, indices, x.shape[1:3])


def tensorflow_pair(x):
    pooled, argmax = tf.nn.max_pool_with_argmax(
        x, 2, 2, "SAME", include_batch_in_index=True
    )
    places, values = tf.reshape(argmax, (-1, 1)), tf.reshape(2 * pooled, (-1,))
    size = tf.constant([x.shape.num_elements()], tf.int64)
    return tf.reshape(tf.scatter_nd(places, values, size), x.shape)


def compared_pair(x):
    """The plain lowering: comparisons, selections and nearest neighbours."""
    pooled = tf.nn.max_pool2d(x, 2, 2, "SAME")
    first, second, third, _ = tf.split(tf.nn.space_to_depth(x, 2), 4, axis=-1)
    indices = tf.where(third == pooled, 2.0, 3.0)
    indices = tf.where(second == pooled, 1.0, indices)
    indices = tf.where(first == pooled, 0.0, indices)
    height, width = x.shape[1:3]
    position = np.tile([[0, 1], [2, 3]], (height // 2, width // 2))
    position = position.reshape(1, height, width, 1).astype("float32")
    size = (height, width)
    index = tf.image.resize(indices, size, "nearest")
    return tf.where(
        index == position, tf.image.resize(2 * pooled, size, "nearest"), 0.0
    )


def training_step(pair, jit_compile=False):
    def step(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = pair(x)
        return y, tape.gradient(y, x, upstream)

    return tf.function(step, jit_compile=jit_compile)


def interpreter(pair, quantize):
    """A function that runs the pair as ``.tflite``, and whether XNNPACK runs it all."""
    spec = tf.TensorSpec((1, HEIGHT, WIDTH, CHANNELS), "float32", name="image")
    function = tf.function(lambda image: {"y": pair(image)}, input_signature=[spec])
    images = np.random.default_rng(0).normal(size=(2, *spec.shape[1:]))
    with tempfile.TemporaryDirectory() as folder:
        signatures = {"serve": function.get_concrete_function()}
        tf.saved_model.save(tf.Module(), folder, signatures)
        flatbuffer = convert(folder, quantize, images.astype("float32"))
    network = Interpreter(model_content=flatbuffer, num_threads=2)
    network.allocate_tensors()
    nodes = [n for n in network._get_ops_details() if n["op_name"] == "DELEGATE"]
    (output,) = network.get_output_details()
    whole = len(nodes) == 1 and output["index"] in nodes[0]["outputs"]
    return network.invoke, whole


def timed(candidates, rounds):
    """Best milliseconds of each candidate, all run in turn."""
    times = {name: [] for name in candidates}
    for _ in range(rounds + 1):
        for name, run in candidates.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: 1e3 * min(t[1:]) for name, t in times.items()}


def show_training(rounds):
    x, upstream = tf.random.stateless_normal(
        (2, BATCH, HEIGHT, WIDTH, CHANNELS), (1, 2)
    )
    steps = {
        "max_pool_with_argmax + scatter_nd": training_step(tensorflow_pair),
        "kseg": training_step(kseg_pair),
        "kseg under XLA, which refuses the other": training_step(kseg_pair, True),
    }
    found = timed({n: lambda f=f: f(x, upstream) for n, f in steps.items()}, rounds)
    print(f"\nforward and backward, {BATCH}x{HEIGHT}x{WIDTH}x{CHANNELS} float32")
    slowest = next(iter(found.values()))
    for name, ms in found.items():
        print(f"  {name:40} {ms:7.1f} ms  {slowest / ms:5.2f} times as fast")


def show_lowering(rounds):
    print(f"\nas .tflite, 1x{HEIGHT}x{WIDTH}x{CHANNELS}, 2 threads")
    for quantize in ("float32", "int8"):
        pairs = {"compared, nearest neighbour": compared_pair, "kseg": kseg_pair}
        made = {name: interpreter(pair, quantize) for name, pair in pairs.items()}
        found = timed({name: run for name, (run, _) in made.items()}, 3 * rounds)
        for name, ms in found.items():
            where = "all in one XNNPACK node" if made[name][1] else "partly in XNNPACK"
            print(f"  {quantize:8} {name:28} {ms:7.1f} ms  {where}")


def show_memory():
    sums = np.zeros(4, int)
    for shape in SEGNET:
        x = tf.random.stateless_normal((1, *shape), (3, 4))
        _, argmax = tf.nn.max_pool_with_argmax(x, 2, 2, "SAME")
        _, indices = max_pool_with_indices(x)
        arrays = (x, argmax, indices, pack_indices(indices))
        sums += [np.asarray(array).nbytes for array in arrays]
    print("\nkept for the decoder of SegNet, one image of 360x480, its five pools")
    names = ("float32 maps", "argmax, int64", "kseg's indices, float32", "packed")
    for name, size in zip(names, sums, strict=True):
        print(f"  {name:24} {size / 2**20:7.2f} MiB  {sums[0] / size:5.1f} times less")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    show_memory()
    show_training(rounds)
    show_lowering(rounds)


if __name__ == "__main__":
    main()
